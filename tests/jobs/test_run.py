"""Repeating a step until it is idle, and writing down how it went."""

import threading
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from app.extensions import db
from app.models import ScheduledWork
from app.panda.errors import PandaUnavailable
from app.services.heartbeat import Heartbeat, read_heartbeat
from jobs.deliver import deliver_next
from jobs.run import run_until_idle
from jobs.worker import Work, Worker
from tests.jobs.bench import Bench
from tests.jobs.failing_database import failing_database

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


class Steps:
    """A piece of work whose steps do what a list says: more to do, idle, or an exception."""

    def __init__(self, *turns: Any) -> None:
        self.turns = list(turns)
        self.done = 0

    def __call__(self, worker: Worker, now: datetime) -> bool:
        turn = self.turns.pop(0)
        self.done += 1
        if isinstance(turn, Exception):
            raise turn
        return turn() if callable(turn) else turn


def run(bench: Bench, steps: Steps, stop: threading.Event | None = None) -> None:
    worker = bench.worker(deliver_next)
    run_until_idle(bench.app, Work("trial", 5, steps), worker, stop or threading.Event())


def written(bench: Bench) -> ScheduledWork | None:
    with bench.app.app_context():
        row = db.session.get(ScheduledWork, "trial")
        db.session.expunge_all()
        return row


def beat(bench: Bench, **later: float) -> Heartbeat:
    bench.wait(**later)
    with bench.app.app_context():
        return read_heartbeat(bench.now(), 30, 90)


def test_a_work_that_ends_idle_writes_its_success(bench: Bench):
    steps = Steps(True, True, False)

    run(bench, steps)

    row = written(bench)
    assert steps.done == 3
    assert row.last_good_at is not None
    assert (row.last_error_at, row.every_seconds) == (None, 5)


def test_a_failure_is_written_with_its_words(bench: Bench, caplog):
    run(bench, Steps(True, PandaUnavailable("PanDA could not be reached.")))

    row = written(bench)
    assert row.last_error == "PandaUnavailable: PanDA could not be reached."
    assert row.last_good_at is None
    assert "Traceback" not in caplog.text


def test_an_unexpected_failure_is_logged_in_full_and_not_raised(bench: Bench, caplog):
    run(bench, Steps(ZeroDivisionError("oh")))

    assert written(bench).last_error == "ZeroDivisionError: oh"
    assert "Traceback" in caplog.text


def test_a_failure_keeps_the_last_success(bench: Bench):
    run(bench, Steps(False))
    good_at = written(bench).last_good_at

    run(bench, Steps(ZeroDivisionError()))

    row = written(bench)
    assert row.last_good_at == good_at
    assert row.last_error_at > good_at


@on_sqlite
def test_a_database_that_takes_no_failure_either_is_survived(bench: Bench, caplog):
    with failing_database(bench.app, "scheduled_work"):
        run(bench, Steps(OperationalError("", {}, Exception("gone"))))
    run(bench, Steps(False))

    assert "could not be written down" in caplog.text
    assert written(bench).last_good_at is not None


def test_a_work_that_goes_on_for_long_shows_success_meanwhile(bench: Bench):
    seen = []

    def long_step() -> bool:
        bench.wait(seconds=6)
        seen.append(written(bench))
        return True

    run(bench, Steps(long_step, long_step, lambda: bool(seen.append(written(bench)))))

    assert [row is not None for row in seen] == [False, True, True]


def test_a_work_stops_after_the_item_in_hand(bench: Bench):
    stop = threading.Event()
    steps = Steps(True, lambda: stop.set() or True, True)

    run(bench, steps, stop)

    assert steps.done == 2


@on_sqlite
def test_a_work_does_not_begin_when_the_program_is_to_stop(bench: Bench):
    stop, steps = threading.Event(), Steps(True)
    stop.set()

    run(bench, steps, stop)

    assert (steps.done, written(bench)) == (0, None)


# --- the heartbeat -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "level"), [(1, "ok"), (33, "ok"), (40, "amber"), (94, "amber"), (100, "red"), (-3600, "red")]
)
@on_sqlite
def test_the_heartbeat_tells_how_long_the_last_success_is_ago(bench: Bench, seconds: int, level: str):
    run(bench, Steps(False))

    assert beat(bench, seconds=seconds).level == level


@on_sqlite
def test_the_heartbeat_names_the_work_that_fails(bench: Bench):
    run(bench, Steps(False))
    run(bench, Steps(ZeroDivisionError("oh")))

    shown = beat(bench)

    assert (shown.level, shown.worst, shown.worst_error) == ("amber", "trial", "ZeroDivisionError: oh")
