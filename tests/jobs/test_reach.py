"""A PanDA that is away is left alone, by all pieces of work together."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest

from app.models import Task
from app.panda.errors import PandaError, PandaUnavailable
from jobs.access import check_access
from jobs.deliver import deliver_next
from jobs.mail import send_next
from jobs.reach import Reach, backoff_seconds
from jobs.reconcile import reconcile_next
from jobs.refresh import refresh, refresh_asked
from jobs.verify import verify_next
from jobs.watch import watch_next
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


def test_the_pages_are_told_since_when_panda_is_away_and_when_it_is_tried_next(
    bench: Bench, queued: Task, closed_port: int
):
    there = bench.app.config["PANDA_URL"]
    bench.app.config["PANDA_URL"] = f"http://127.0.0.1:{closed_port}"
    bench.begin(bench.epoch)
    with suppress(PandaUnavailable):
        bench.step(check_access)
    first = bench.installation()
    bench.wait(seconds=30)
    bench.step(deliver_next)
    second = bench.installation()
    bench.app.config["PANDA_URL"] = there
    bench.begin(bench.epoch)

    bench.run(check_access)

    assert "could not be reached" in first.panda_away_words
    assert first.panda_away_since == second.panda_away_since
    assert first.panda_next_try_at < second.panda_next_try_at
    assert bench.installation().panda_away_since is None, "an answer in another process counts too"


class Silent:
    """A port where connections are taken and closed without an answer, and counted."""

    def __init__(self) -> None:
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                connection.recv(1 << 16)
                connection.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@pytest.fixture
def silent() -> Iterator[Silent]:
    port = Silent()
    yield port
    port.close()


ALL_WORK = (
    check_access, deliver_next, verify_next, reconcile_next, watch_next, refresh, refresh_asked, send_next,
)  # fmt: skip


@on_sqlite
def test_a_panda_that_takes_connections_and_answers_none_is_tried_once_a_minute_by_all_work_together(
    bench: Bench, make_task, silent: Silent
):
    for state in ("submitted", "submitted", "unknown", "held", "given-up", *["queued"] * 9):
        make_task(state)
    bench.take_over()
    bench.app.config["PANDA_URL"] = f"http://127.0.0.1:{silent.port}"
    counts = []

    for _ in range(10):  # minutes
        for _ in range(6):
            for work in ALL_WORK:
                with suppress(PandaError):
                    bench.step(work)
            bench.wait(seconds=10)
        counts.append(silent.connections)

    assert counts[0] <= 16, "until it is known to be away"
    assert max(after - before for before, after in pairwise(counts[1:])) <= 1
    assert counts[-1] - counts[0] >= 6, "it is tried all the same"
    queued = [row for row in bench.calls("task/submit") if row.outcome == "OutcomeUnknown"]
    assert len(queued) <= 5, "not every queued task is lost in it"


@on_sqlite
def test_a_token_endpoint_that_is_away_is_tried_once_a_minute(bench: Bench, make_task, silent: Silent):
    make_task("queued")
    make_task("submitted")
    bench.take_over()
    secret = Path(bench.app.config["INSTANCE"]) / "secret"
    secret.write_text("secret")
    bench.app.config.update(
        PANDA_TOKEN_FILE="",
        PANDA_TOKEN_URL=f"http://127.0.0.1:{silent.port}/token",
        PANDA_CLIENT_SECRET_FILE=str(secret),
    )

    for _ in range(36):  # six minutes
        for work in ALL_WORK:
            with suppress(PandaError):
                bench.step(work)
        bench.wait(seconds=10)

    assert 5 <= silent.connections <= 10
    assert bench.pause() == "access"
