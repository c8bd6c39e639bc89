"""How long tasks of a kind took: measured on those that are done."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from app.extensions import db
from app.models import Task, User
from app.services.durations import measured_seconds


@pytest.fixture
def done(app_context: Flask, make_task: Callable[..., Task], make_user: Callable[..., User], now: datetime):
    """done(seconds for each event of a job, …) → so many tasks of 100 events a job that are done."""
    owner = make_user("physicist")

    def make(*seconds: float, state: str = "done", **columns: object) -> None:
        for each in seconds:
            task = make_task("submitted", creator=owner, events=1000, jobs=10)
            begun = now - timedelta(seconds=100 * each)
            values = {"shown_state": state, "panda_status": state, "started_at": begun, "state_as_of": now}
            db.session.execute(update(Task).where(Task.id == task.id).values({**values, **columns}))
            db.session.commit()

    return make


def measured(app: Flask, cores: int = 1000) -> dict[str, float]:
    return measured_seconds(app.config["RECIPE_BOOK"], cores)


def test_the_median_of_those_that_are_done(app_context: Flask, done: Callable[..., None]):
    done(4, 6, 100)
    done(1, 1, 1, state="finished")
    done(1, 1, 1, started_at=None)

    assert measured(app_context) == {"SIMULATION": pytest.approx(6)}


def test_two_say_nothing(app_context: Flask, done: Callable[..., None]):
    done(4, 6)

    assert measured(app_context) == {}


def test_jobs_that_waited_for_cores_took_less_each(app_context: Flask, done: Callable[..., None]):
    done(4, 4, 4)

    assert measured(app_context, cores=5) == {"SIMULATION": pytest.approx(2)}
