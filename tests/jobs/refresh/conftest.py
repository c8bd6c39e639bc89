"""Fixtures for tests of following tasks."""

from collections.abc import Callable
from typing import Any

import pytest

from app.models import Task
from jobs.deliver import deliver_next
from tests.jobs.bench import Bench


@pytest.fixture
def send(bench: Bench, make_task: Callable[..., Task]) -> Callable[..., Task]:
    """send() → a task that PanDA has accepted just now and JEDI has not taken yet."""

    def make(**wanted: Any) -> Task:
        task = make_task("queued", **wanted)
        bench.run(deliver_next)
        bench.set(task, refresh_due_at=None)
        return task

    return make
