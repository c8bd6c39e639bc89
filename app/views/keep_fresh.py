"""What somebody looks at is read from PanDA first."""

from collections.abc import Iterable
from datetime import UTC, datetime

from app.domain.task_state import TaskState
from app.models import Task
from app.services import following


def keep_fresh(tasks: Iterable[Task]) -> None:
    """Have these tasks read from PanDA in the next cycle."""
    for task in tasks:
        # Asking is a write: only where there is something to ask, and once until it was answered.
        if task.state == TaskState.SUBMITTED.value and task.refresh_due_at is None:
            following.ask_for_refresh(task.id, datetime.now(UTC))
