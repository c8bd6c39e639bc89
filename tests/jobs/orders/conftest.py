"""Fixtures for tests of orders."""

from collections.abc import Callable

import pytest

from app.domain.task_state import CommandKind
from app.models import Task
from jobs.deliver import deliver_next
from tests.jobs.bench import Bench
from tests.jobs.giving import WHERE, give, set_status


@pytest.fixture
def running(bench: Bench, queued: Task) -> Task:
    """A task that runs at PanDA."""
    bench.run(deliver_next)
    set_status(bench, queued, "running")
    return queued


@pytest.fixture
def given(bench: Bench, running: Task) -> Callable[[CommandKind], Task]:
    """given(kind) → a task in a status that fits, on which this order waits to be sent."""

    def make(kind: CommandKind) -> Task:
        if kind in WHERE:
            set_status(bench, running, WHERE[kind])
        give(bench, running, kind)
        return running

    return make
