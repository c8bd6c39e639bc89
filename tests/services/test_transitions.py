"""The one place where the state of a task changes."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask

from app.domain.task_state import TaskState
from app.extensions import db, write_unit
from app.models import Task
from app.services.history import history_of
from app.services.transitions import move


def test_a_task_that_is_not_in_the_state_expected_stays_as_it_is(
    app: Flask, make_task: Callable[..., Task], now: datetime
):
    task = make_task("draft")
    with app.app_context():
        before = history_of(task.id, 1, 10).entries
        with write_unit() as session:
            moved = move(session, task.id, TaskState.QUEUED, TaskState.SENDING, now)

        found = db.session.get_one(Task, task.id)
        assert (moved, found.state, found.version) == (False, "draft", task.version)
        assert history_of(task.id, 1, 10).entries == before
