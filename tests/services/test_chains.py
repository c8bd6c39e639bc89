"""Chains: a part that is accepted, who may accept it, and what stands on a task."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.extensions import db
from app.models import Task, TaskTransition, User
from app.services import chains, tasks
from app.services.problems import ChangedMeanwhile, HasChildren, NotAllowed, NotPossibleNow

Chain = Callable[..., tuple[Task, Task]]


@pytest.fixture
def chain(app_context: Flask, make_task: Callable[..., Task], make_user: Callable[..., User]) -> Chain:
    """chain(done=7, total=10, status="finished", child="queued") → a parent and the child that reads it."""

    def make(
        done: int = 7, total: int = 10, status: str = "finished", child: str = "queued"
    ) -> tuple[Task, Task]:
        owner = make_user("physicist", "owner")
        parent = make_task("submitted", creator=owner, run="1")
        waiting = make_task(child, creator=owner, run="2")
        counts = {"panda_status": status, "shown_state": status, "jobs_done": done, "jobs_total": total}
        db.session.execute(update(Task).where(Task.id == parent.id).values(counts))
        db.session.execute(update(Task).where(Task.id == waiting.id).values(parent_id=parent.id))
        db.session.commit()
        return db.session.get_one(Task, parent.id), db.session.get_one(Task, waiting.id)

    return make


def test_what_is_accepted_is_written_down_with_who_did(chain: Chain, now: datetime):
    parent, _child = chain()

    chains.accept_part(parent.id, parent.creator, parent.version, now)

    accepted = db.session.get_one(Task, parent.id, populate_existing=True)
    assert (accepted.part_accepted_at, accepted.part_accepted_by) == (now, parent.creator)
    latest = (
        select(TaskTransition).where(TaskTransition.task_id == parent.id).order_by(TaskTransition.id.desc())
    )
    row = db.session.scalars(latest).first()
    assert (row.new, row.user, row.reason) == ("finished", parent.creator, chains.PART_ACCEPTED)


@pytest.mark.parametrize(
    ("done", "status"), [(0, "finished"), (10, "finished"), (7, "running"), (7, "failed"), (10, "done")]
)
def test_only_a_part_can_be_accepted(chain: Chain, now: datetime, done: int, status: str):
    parent, _child = chain(done=done, status=status)

    with pytest.raises(NotPossibleNow):
        chains.accept_part(parent.id, parent.creator, parent.version, now)


def test_of_two_clicks_one_counts(chain: Chain, now: datetime):
    parent, _child = chain()
    seen = parent.version
    chains.accept_part(parent.id, parent.creator, seen, now)

    with pytest.raises((NotPossibleNow, ChangedMeanwhile)):
        chains.accept_part(parent.id, parent.creator, seen, now)


def test_an_old_page_accepts_nothing(chain: Chain, now: datetime):
    parent, _child = chain()

    with pytest.raises(ChangedMeanwhile):
        chains.accept_part(parent.id, parent.creator, parent.version - 1, now)


def test_another_physicist_may_not(chain: Chain, now: datetime, make_user: Callable[..., User]):
    parent, _child = chain()

    with pytest.raises(NotAllowed):
        chains.accept_part(parent.id, make_user("physicist"), parent.version, now)

    chains.accept_part(parent.id, make_user("manager"), parent.version, now)


@pytest.mark.parametrize(
    ("percent", "child", "accepted"), [(70, "queued", 1), (71, "queued", 0), (70, "draft", 0)]
)
def test_enough_is_accepted_by_the_setting(
    chain: Chain, now: datetime, percent: int, child: str, accepted: int
):
    parent, _child = chain(child=child)

    assert chains.accept_parts(percent, now) == accepted
    assert chains.accept_parts(percent, now) == 0, "once"

    found = db.session.get_one(Task, parent.id, populate_existing=True)
    assert (found.part_accepted_at is not None, found.part_accepted_by_id) == (bool(accepted), None)


def test_a_draft_that_others_stand_on_is_not_deleted(
    app_context: Flask, make_task: Callable[..., Task], make_user: Callable[..., User]
):
    owner = make_user("physicist")
    parent = make_task("draft", creator=owner, run="1")
    child = make_task("draft", creator=owner, run="2")
    db.session.execute(update(Task).where(Task.id == child.id).values(parent_id=parent.id))
    db.session.commit()

    with pytest.raises(HasChildren):
        tasks.delete_draft(parent.id, owner, parent.version)

    tasks.delete_draft(child.id, owner, child.version)
    tasks.delete_draft(parent.id, owner, parent.version)
    assert db.session.scalars(select(Task)).all() == []
