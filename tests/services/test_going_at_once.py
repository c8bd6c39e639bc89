"""A task goes while somebody is at work on what belongs to it: all of it goes, or nothing does."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Event, Thread

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain.labels import Labels
from app.extensions import db, write_unit
from app.models import PandaCommand, Task, User
from app.services import tasks
from app.services.begun_from import BegunFrom
from app.services.labels import change_labels
from app.services.parents import After
from app.services.problems import HasChildren
from app.services.rules import rules_from
from app.services.tasks import TaskInput
from tests.build_chain import ONCE_MORE, make_planner, make_wish
from tests.build_task import FIELDS

# The other one waits for a transaction by then, or never will.
SECONDS = 0.5


@pytest.fixture
def physicist(make_user: Callable[..., User]) -> User:
    return make_user("physicist")


@contextmanager
def at_work(app: Flask, step: Callable[[], object]) -> Iterator[None]:
    """Do a step in another thread, whose transaction ends a moment after what is inside has begun."""
    is_done, errors = Event(), []

    def do() -> None:
        with app.app_context():
            try:
                with write_unit() as session:
                    step()
                    session.flush()
                    is_done.set()
                    time.sleep(SECONDS)
            except Exception as error:
                errors.append(error)
                is_done.set()

    thread = Thread(target=do)
    thread.start()
    is_done.wait(10)
    try:
        yield
    finally:
        thread.join()
    assert errors == []


def person(user: User) -> User:
    return db.session.get_one(User, user.id)


def test_a_test_goes_with_its_task_although_it_is_being_labelled(app: Flask, physicist: User, now: datetime):
    rules = rules_from(app.config)
    with app.app_context():
        given = TaskInput(FIELDS, None, 100_000, 100, with_twin=True)
        task = tasks.create_task(person(physicist), given, rules, now)
        task = tasks.request_submission(task.id, person(physicist), task.version, now)
        task_id, twin_id, version = task.id, task.waits_for_id, task.version

    def label() -> None:
        change_labels(twin_id, person(physicist), Labels(), Labels(("x",)), rules.labels, now)

    with at_work(app, label), app.app_context():
        tasks.withdraw(task_id, person(physicist), version, now)

    with app.app_context():
        assert set(db.session.scalars(select(Task.state))) == {"withdrawn"}
        assert set(db.session.scalars(select(PandaCommand.state))) == {"withdrawn"}
        again = tasks.back_to_draft(task_id, person(physicist), version + 1, now)
        tasks.request_submission(task_id, person(physicist), again.version, now)
        assert set(db.session.scalars(select(Task.state))) == {"queued"}
        ready = select(PandaCommand.task_id).where(PandaCommand.state == "ready")
        assert set(db.session.scalars(ready)) == {task_id, twin_id}


def test_a_task_that_gets_a_child_is_not_deleted(app: Flask, physicist: User, now: datetime):
    with app.app_context():
        given = TaskInput(FIELDS, None, 100_000, 100)
        task = tasks.create_task(person(physicist), given, rules_from(app.config), now)
        task_id, version = task.id, task.version

    def add_child() -> None:
        after = After(task_id, db.session.get(Task, task_id))
        make_planner().make(
            make_wish(["RECO"]), None, person(physicist), ONCE_MORE | {"parent:parent_differs:"}, now,
            submit=False, begun_from=BegunFrom(after=after),
        )  # fmt: skip

    with at_work(app, add_child), app.app_context(), pytest.raises(HasChildren):
        tasks.delete_draft(task_id, person(physicist), version)

    with app.app_context():
        assert len(db.session.scalars(select(Task)).unique().all()) == 2
