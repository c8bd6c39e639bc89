"""A PanDA that is away is left alone, by all pieces of work together."""

from contextlib import suppress

import pytest

from app.panda.errors import PandaUnavailable
from jobs.access import check_access
from jobs.deliver import deliver_next
from jobs.reach import Reach, backoff_seconds
from jobs.refresh import refresh, refresh_asked
from jobs.verify import verify_next
from tests.jobs.bench import Bench

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reach(clock: Clock) -> Reach:
    return Reach(10, 60, clock)


def test_the_wait_doubles_up_to_the_longest():
    waits = [backoff_seconds(failures, 10, 60) for failures in (1, 2, 3, 4, 5, 10_000)]

    assert waits == [10, 20, 40, 60, 60, 60]


def test_a_panda_that_answers_may_always_be_asked(reach: Reach):
    reach.answered()
    reach.ask()

    assert not reach.is_resting()


def test_after_a_failure_panda_is_left_alone(reach: Reach, clock: Clock):
    reach.failed(PandaUnavailable("PanDA could not be reached."))

    with pytest.raises(PandaUnavailable, match=r"could not be reached.*next try is in 10 s"):
        reach.ask()
    clock.now += 11
    assert not reach.is_resting()


def test_one_of_many_tries_when_the_wait_is_over(reach: Reach, clock: Clock):
    reach.failed(PandaUnavailable("away"))
    clock.now += 11

    reach.ask()

    with pytest.raises(PandaUnavailable):
        reach.ask()


def test_failures_at_one_moment_count_once(reach: Reach, clock: Clock):
    for _ in range(6):
        reach.failed(PandaUnavailable("away"))
    clock.now += 11

    reach.ask()


def test_an_answer_ends_the_wait(reach: Reach, clock: Clock):
    for _ in range(5):
        reach.failed(PandaUnavailable("away"))
        clock.now += 100

    reach.answered()
    reach.ask()

    assert not reach.is_resting()


@on_sqlite
def test_all_work_together_calls_a_panda_that_is_away_about_once_a_minute(
    bench: Bench, make_task, closed_port: int
):
    for _ in range(3):
        make_task("submitted")
    make_task("queued")
    bench.take_over()
    bench.app.config["PANDA_URL"] = f"http://127.0.0.1:{closed_port}"

    for _ in range(240):  # twenty minutes
        for work in (check_access, deliver_next, verify_next, refresh, refresh_asked):
            with suppress(PandaUnavailable):
                bench.step(work)
        bench.wait(seconds=5)

    assert 15 <= len(bench.calls()) <= 45
