"""What runs when, and that a clock that is put back stops nothing."""

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import or_, select

from app.extensions import db
from app.logs import PlainLines
from app.models import ScheduledWork
from jobs.clock import ClockWatch
from jobs.schedule import make_scheduler, wake, work_list
from tests.jobs.bench import Bench
from tests.jobs.program import wait_until

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def scheduler(bench: Bench) -> Iterator[BackgroundScheduler]:
    """The real schedule, started; nothing in it is due for an hour, as after a clock was put back."""
    stop = threading.Event()
    scheduler = make_scheduler(bench.app, bench.epoch, stop)
    scheduler.start(paused=True)
    for job in scheduler.get_jobs():
        job.modify(next_run_time=datetime.now(UTC) + timedelta(hours=1))
    scheduler.resume()
    yield scheduler
    stop.set()
    scheduler.shutdown(wait=True)


def names_done(bench: Bench) -> set[str]:
    is_done = or_(ScheduledWork.last_good_at.is_not(None), ScheduledWork.last_error_at.is_not(None))
    with bench.app.app_context():
        return set(db.session.scalars(select(ScheduledWork.name).where(is_done)))


@on_sqlite
def test_a_schedule_that_is_woken_does_all_its_work(bench: Bench, scheduler: BackgroundScheduler):
    before = names_done(bench)

    wake(scheduler)

    expected = {work.name for work in work_list(bench.app.config)}
    wait_until(lambda: names_done(bench) == expected, lambda: f"done: {names_done(bench)}")
    assert before == set()


@on_sqlite
def test_each_work_runs_once_at_a_time_and_late_ones_are_not_dropped(scheduler: BackgroundScheduler):
    for job in scheduler.get_jobs():
        assert (job.max_instances, job.coalesce, job.misfire_grace_time) == (1, True, None)


@pytest.mark.parametrize(("change", "seen"), [(0, 0), (3, 0), (-3600, -3600), (86_400, 86_400)])
def test_a_clock_that_is_changed_is_noticed_once(change: float, seen: float):
    wall, steady = [1000.0], [50.0]
    watch = ClockWatch(lambda: wall[0], lambda: steady[0])
    steady[0] += 2
    wall[0] += 2 + change

    assert watch.seconds_jumped() == pytest.approx(seen)
    assert watch.seconds_jumped() == 0


def test_words_of_panda_write_no_lines_of_their_own_into_the_log():
    words = "no\nERROR jobs: forged\r"
    record = logging.LogRecord("jobs", logging.WARNING, "", 0, "PanDA: %s", (words,), None)

    written = PlainLines().format(record)

    assert written == r"WARNING jobs: PanDA: no\nERROR jobs: forged\r"
