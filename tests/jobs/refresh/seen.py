"""What these tests set and see of a task at PanDA."""

from datetime import datetime
from typing import Any

import pytest

from app.models import Task
from app.services.following import PandaState
from tests.jobs.bench import Bench

LIST, DETAILS = "task/get_tasks_modified_since", "task/get_detailed_info"
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def set_status(bench: Bench, task: Task, status: str, **more: Any) -> None:
    bench.simulator.set_task(id=bench.task(task).panda_id, status=status, stays=True, **more)


def counts(task: Task) -> tuple[int | None, int, int]:
    return task.jobs_total, task.jobs_done, task.jobs_failed


def state(status: str, changed_at: datetime | None, **more: Any) -> PandaState:
    """Return what PanDA says of a task."""
    nothing = {"priority": None, "jobs_total": None, "jobs_done": None, "jobs_failed": None}
    return PandaState(status=status, changed_at=changed_at, error_dialog=None, **(nothing | more))
