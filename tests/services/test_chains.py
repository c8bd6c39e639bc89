"""Chains: a part that is accepted, who may accept it, and what stands on a task."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.domain.task_state import TaskAction
from app.extensions import db
from app.models import PandaCommand, Task, TaskTransition, User
from app.services import chains, tasks
from app.services.chain_list import chains_of, list_chains
from app.services.problems import (
    AnotherOrderOpen,
    ChangedMeanwhile,
    HasChildren,
    NotAllowed,
    NotFound,
    NotPossibleNow,
)
from tests.build_chain import build_chain, make_planner, make_wish

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


@pytest.mark.parametrize(("state", "is_refused"), [("ready", True), ("asked", True), ("seen", False)])
def test_while_a_retry_is_open_no_part_is_accepted(
    chain: Chain, now: datetime, make_user: Callable[..., User], state: str, is_refused: bool
):
    parent, _child = chain(done=9)
    key = f"retry {state}"
    retry = PandaCommand(
        task_id=parent.id, kind="retry", state=state, turn=0, key=key, requested_by_id=parent.creator_id,
        created_at=now, next_at=now,
    )  # fmt: skip
    db.session.add(retry)
    db.session.commit()

    assert chains.accept_parts(90, now) == (not is_refused)
    if is_refused:
        with pytest.raises(AnotherOrderOpen):
            chains.accept_part(parent.id, parent.creator, parent.version, now)


def test_as_many_jobs_as_there_can_be_are_compared(chain: Chain, now: datetime):
    chain(done=2_000_000_000, total=2**31 - 1)

    assert chains.accept_parts(94, now) == 0
    assert chains.accept_parts(93, now) == 1


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


@pytest.fixture
def drafts(app_context: Flask, make_user: Callable[..., User], now: datetime) -> list[Task]:
    """The drafts of a chain of three steps."""
    wish = make_wish(["SIMULATION", "RECO", "AOD"])
    return make_planner().make(wish, None, make_user("physicist", "owner"), frozenset(), now, submit=False)


def act(action: TaskAction, tasks: list[Task], user: User, now: datetime) -> int:
    versions = {task.id: task.version for task in tasks}
    return chains.act_on_chain(tasks[0].id, user, action, versions, now)


def states(tasks: list[Task]) -> list[str]:
    ids = [task.id for task in tasks]
    return list(db.session.scalars(select(Task.state).where(Task.id.in_(ids)).order_by(Task.id)))


def test_all_drafts_of_a_chain_are_submitted_and_withdrawn(drafts: list[Task], now: datetime):
    owner = drafts[0].creator

    assert act(TaskAction.SUBMIT, drafts, owner, now) == 3
    assert states(drafts) == ["queued"] * 3
    assert act(TaskAction.SUBMIT, drafts, owner, now) == 0, "there is nothing left to submit"
    assert act(TaskAction.WITHDRAW, drafts, owner, now) == 3
    assert states(drafts) == ["withdrawn"] * 3
    commands = db.session.scalars(select(PandaCommand.state)).all()
    assert commands == ["withdrawn"] * 3


def test_all_drafts_of_a_chain_are_deleted(drafts: list[Task], now: datetime):
    assert act(TaskAction.DELETE, drafts, drafts[0].creator, now) == 3

    assert db.session.scalars(select(Task.id)).all() == []


def test_one_that_changed_meanwhile_stops_the_whole(drafts: list[Task], now: datetime):
    owner, versions = drafts[0].creator, {task.id: task.version for task in drafts}
    db.session.execute(update(Task).where(Task.id == drafts[2].id).values(version=Task.version + 1))
    db.session.commit()

    with pytest.raises(ChangedMeanwhile):
        chains.act_on_chain(drafts[0].id, owner, TaskAction.SUBMIT, versions, now)

    assert states(drafts) == ["draft"] * 3
    assert db.session.scalars(select(PandaCommand)).all() == []


def test_a_chain_is_its_owners_and_the_managers_to_act_on(
    drafts: list[Task], now: datetime, make_user: Callable[..., User]
):
    with pytest.raises(NotFound):  # drafts are not visible
        act(TaskAction.SUBMIT, drafts, make_user("physicist"), now)

    act(TaskAction.SUBMIT, drafts, make_user("manager"), now)
    with pytest.raises(NotAllowed):
        act(TaskAction.WITHDRAW, drafts, make_user("physicist"), now)


def test_the_chains_are_listed_newest_first_to_those_who_see_them(
    drafts: list[Task], now: datetime, make_user: Callable[..., User]
):
    owner = drafts[0].creator
    newer = build_chain(make_user("physicist"), now, ["SIMULATION", "RECO"], run=["77"])

    def listed(user: User) -> list[list[int]]:
        page = list_chains(user, 1, 25, 1000)
        return [[task.id for task in chain.tasks] for chain in chains_of(page.rows, user)]

    assert listed(owner) == [[task.id for task in newer], [task.id for task in drafts]]
    assert listed(make_user("viewer")) == [[task.id for task in newer]]
