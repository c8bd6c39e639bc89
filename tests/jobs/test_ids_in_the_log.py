"""Each line of the scheduled work's log carries the ids of what it is about, and its figures are counted."""

import logging
import threading

import pytest

from app.log_context import known
from app.metrics import CALLS, WORK
from app.models import Task
from jobs.deliver import deliver_next
from jobs.run import run_until_idle
from jobs.worker import Work
from tests.jobs.bench import Bench

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


class Carried(logging.Handler):
    """Keeps what is known at each line."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[str, dict]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((record.getMessage(), known()))


def run_delivery(bench: Bench) -> None:
    work, worker = Work("deliver", 2, deliver_next), bench.worker(deliver_next)
    run_until_idle(bench.app, work, worker, threading.Event())


def test_a_line_about_a_send_carries_its_ids(bench: Bench, queued: Task, caplog):
    carried = Carried()
    logging.getLogger("jobs").addHandler(carried)
    with caplog.at_level(logging.INFO, "jobs"):
        run_delivery(bench)
    logging.getLogger("jobs").removeHandler(carried)

    [known_then] = [known_then for words, known_then in carried.lines if "was accepted" in words]
    panda_id = bench.task(queued).panda_id
    ids = {"command": 1, "task": queued.id, "panda": panda_id}
    assert known_then == {"work": "deliver", "epoch": bench.epoch, **ids}
    assert known() == {}


def sample(metric, **labels: str) -> float:
    [count] = [
        each.value for each in metric.labels(**labels).collect()[0].samples if each.name.endswith("_count")
    ]
    return count


def test_runs_and_calls_are_counted_with_how_they_ended(bench: Bench, queued: Task):
    def counts() -> list[float]:
        sends = [sample(CALLS, method="task/submit", outcome=each) for each in ("ok", "OutcomeUnknown")]
        return [*sends, sample(WORK, work="deliver", outcome="good")]

    before = counts()
    bench.simulator.fault(
        "answer", method="task/submit", status=500, body="oh", content_type="text/plain", count=1
    )
    run_delivery(bench)
    between = counts()
    run_delivery(bench)

    assert [now - then for now, then in zip(between, before, strict=True)] == [0, 1, 1]
    assert counts()[2] == between[2] + 1
