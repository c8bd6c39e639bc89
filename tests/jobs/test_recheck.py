"""A task that has ended is read again, less and less often: somebody may change it at PanDA by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from app.models import Task
from app.services.following import FIRST_RECHECK, LAST_RECHECK, next_recheck
from jobs.deliver import deliver_next
from jobs.refresh import refresh
from tests.jobs.bench import Bench

DETAILS = "task/get_detailed_info"
NOW = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
def ended(bench: Bench, queued: Task) -> Task:
    """A task that PanDA has finished, which its list does not show any more."""
    bench.run(deliver_next)
    bench.set(queued, refresh_due_at=None)
    set_status(bench, queued, "finished")
    bench.run(refresh)
    hide(bench, queued, "finished")
    return queued


def set_status(bench: Bench, task: Task, status: str, **more: object) -> None:
    bench.simulator.set_task(id=bench.task(task).panda_id, status=status, stays=True, **more)


def hide(bench: Bench, task: Task, status: str) -> None:
    """Have PanDA's list leave the task out, as when its modification time jumps back."""
    set_status(bench, task, status, modified_at=bench.now().timestamp() - 40 * 86400)


def reads(bench: Bench) -> int:
    return len(bench.calls(DETAILS))


def test_a_change_that_the_list_never_shows_is_found(bench: Bench, ended: Task):
    hide(bench, ended, "running")
    bench.run(refresh)
    before = bench.task(ended).shown_state
    bench.wait(minutes=31)

    bench.run(refresh)

    assert (before, bench.task(ended).shown_state) == ("finished", "running")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_it_is_read_less_and_less_often_for_seven_days(bench: Bench, ended: Task):
    read_after: list[int] = []
    for hours in range(6, 9 * 24, 6):
        bench.wait(hours=6)
        before = reads(bench)
        bench.run(refresh)
        if reads(bench) > before:
            read_after.append(hours)

    assert read_after == [6, 18, 42, 90, 168]
    assert bench.task(ended).recheck_at is None


def test_one_that_panda_does_not_find_waits_again(bench: Bench, ended: Task):
    bench.simulator.begin()
    bench.wait(minutes=31)
    bench.run(refresh)
    before = reads(bench)

    bench.wait(minutes=10)
    bench.run(refresh)

    assert reads(bench) == before
    assert bench.task(ended).shown_state == "finished"


@pytest.mark.parametrize(
    ("status", "age", "wait"),
    [
        ("running", timedelta(hours=5), None),
        ("done", timedelta(0), FIRST_RECHECK),
        ("done", timedelta(hours=-3), FIRST_RECHECK),
        ("failed", timedelta(hours=5), timedelta(hours=5)),
        ("aborted", timedelta(days=5), timedelta(days=2)),
        ("broken", LAST_RECHECK, None),
    ],
)
def test_the_wait_grows_with_the_time_since_the_end(status: str, age: timedelta, wait: timedelta | None):
    assert next_recheck(status, NOW - age, NOW) == (wait and NOW + wait)
