"""What is shown never goes back in time, whatever the clocks do."""

from collections.abc import Callable
from datetime import datetime, timedelta

from app.models import Task
from app.services import following
from jobs.refresh import refresh
from tests.jobs.bench import Bench
from tests.jobs.refresh.seen import set_status, state


def test_a_late_answer_does_not_overwrite_a_newer_one(bench: Bench, send: Callable[..., Task], now: datetime):
    task = send()
    with bench.app.app_context():
        newer = following.store_state(task.id, state("done", now), now)
        older = following.store_state(task.id, state("running", now - timedelta(seconds=1)), now)

    assert (newer, older) == (True, False)
    assert (bench.task(task).shown_state, bench.task(task).state_as_of) == ("done", now)


def test_the_same_state_seen_later_keeps_its_time(bench: Bench, send: Callable[..., Task], now: datetime):
    task, later = send(), now + timedelta(hours=1)
    with bench.app.app_context():
        following.store_state(task.id, state("running", now), now)
        following.store_state(task.id, state("running", later), later)

    assert (bench.task(task).state_as_of, bench.task(task).confirmed_at) == (now, later)


def test_a_state_before_our_own_clock_is_taken(bench: Bench, send: Callable[..., Task], now: datetime):
    task = send()
    with bench.app.app_context():
        stored = following.store_state(task.id, state("defined", now - timedelta(hours=5)), now)

    assert stored, "PanDA's clock and ours are not compared"


def test_a_clock_that_is_put_back_does_not_stop_the_following(bench: Bench, send: Callable[..., Task]):
    task = send()
    bench.wait(days=1)
    set_status(bench, task, "running", n_finished=3)
    bench.run(refresh)
    bench.wait(days=-1)
    set_status(bench, task, "running", n_finished=7)

    bench.run(refresh)

    assert bench.task(task).jobs_done == 7
