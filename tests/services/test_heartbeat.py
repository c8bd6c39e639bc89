"""What every page says of the service."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.domain.approval import ApprovalRules
from app.extensions import db
from app.models import PandaCommand, Task, User
from app.services.heartbeat import read_heartbeat
from app.services.waiting import Waiting
from tests.build_chain import build_chain
from tests.databases import counted_statements


def test_what_waits_and_what_is_undecided_is_counted_in_three_statements(
    app: Flask, make_task: Callable[..., Task], make_user: Callable[..., User], now: datetime
):
    physicist = make_user("physicist")
    states = ["queued", "queued", "unknown", "held", "draft", "submitted"]
    tasks = [make_task(state, creator=physicist, run=str(run)) for run, state in enumerate(states, 1)]

    with counted_statements(app) as statements, app.app_context():
        beat = read_heartbeat(now, 20, 90)

    waiting = beat.waiting
    assert (waiting.for_turn, waiting.for_another, waiting.undecided, waiting.held) == (2, 0, 2, 1)
    assert waiting.oldest_at is not None
    assert tasks[0].created_at <= waiting.oldest_at <= tasks[1].created_at
    selects = [statement for statement in statements if statement.startswith("SELECT")]
    assert len(selects) == 3, "every page of every reader asks for it"


def test_nothing_waits_in_an_empty_database(app_context: Flask, now: datetime):
    beat = read_heartbeat(now, 20, 90)

    assert beat.waiting == Waiting(
        for_turn=0, oldest_at=None, for_another=0, for_approval=0, undecided=0, held=0
    )


def test_a_child_that_waits_for_its_parent_makes_nothing_look_old(
    app_context: Flask, make_user: Callable[..., User], now: datetime
):
    """The steps of a chain wait for days, as they should: what is said to be oldest waits for its turn."""
    build_chain(make_user(), now - timedelta(days=9))
    first = db.session.scalars(select(PandaCommand).order_by(PandaCommand.id)).first()
    first.created_at = now - timedelta(minutes=1)
    db.session.commit()

    waiting = read_heartbeat(now, 20, 90).waiting

    assert (waiting.for_turn, waiting.for_another) == (1, 3)
    assert waiting.oldest_at == now - timedelta(minutes=1)


@pytest.mark.parametrize(
    ("rules", "counted"),
    [(ApprovalRules(True, 0), (1, 2)), (ApprovalRules(True, 500), (2, 1)), (ApprovalRules(False, 0), (3, 0))],
)
def test_what_waits_for_approval_is_counted_apart(
    app_context: Flask, make_task: Callable[..., Task], now: datetime,
    rules: ApprovalRules, counted: tuple[int, int],
):  # fmt: skip
    tasks = [make_task("queued", jobs=jobs) for jobs in (100, 1000, 1000)]
    db.session.execute(update(Task).where(Task.id == tasks[2].id).values(approved_at=now))
    db.session.commit()

    waiting = read_heartbeat(now, 20, 90, rules).waiting

    assert (waiting.for_turn, waiting.for_approval) == counted
