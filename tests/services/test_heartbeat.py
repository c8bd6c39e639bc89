"""What every page says of the service."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask

from app.models import Task, User
from app.services.heartbeat import read_heartbeat
from tests.databases import counted_statements


def test_what_waits_and_what_is_undecided_is_counted_in_three_statements(
    app: Flask, make_task: Callable[..., Task], make_user: Callable[..., User], now: datetime
):
    physicist = make_user("physicist")
    states = ["queued", "queued", "unknown", "held", "draft", "submitted"]
    tasks = [make_task(state, creator=physicist, run=str(run)) for run, state in enumerate(states, 1)]

    with counted_statements(app) as statements, app.app_context():
        beat = read_heartbeat(now, 20, 90)

    assert (beat.waiting, beat.undecided, beat.held) == (2, 2, 1)
    assert beat.oldest_waiting_at is not None
    assert tasks[0].created_at <= beat.oldest_waiting_at <= tasks[1].created_at
    selects = [statement for statement in statements if statement.startswith("SELECT")]
    assert len(selects) == 3, "every page of every reader asks for it"


def test_nothing_waits_in_an_empty_database(app_context: Flask, now: datetime):
    beat = read_heartbeat(now, 20, 90)

    assert (beat.waiting, beat.oldest_waiting_at, beat.undecided, beat.held) == (0, None, 0, 0)
