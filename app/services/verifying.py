"""Tasks whose parameters are to be read back from PanDA soon after they were accepted."""

from datetime import datetime

from sqlalchemy import select, update

from app.domain.task_state import CommandState, TaskState
from app.extensions import db, write_unit
from app.models import PandaCommand, Task


def next_unverified(after_id: int) -> PandaCommand | None:
    """Return the accepted command of the next task (id above after_id) that was not read back, or None."""
    return db.session.scalar(
        select(PandaCommand)
        .join(Task)
        .where(
            Task.state == TaskState.SUBMITTED.value,
            Task.verified_at.is_(None),
            Task.id > after_id,
            PandaCommand.state == CommandState.ACCEPTED.value,
        )
        .order_by(Task.id)
        .limit(1)
    )


def record_verified(task_id: int, now: datetime) -> None:
    """Write down that PanDA holds our parameters for this task. Commits."""
    with write_unit() as session:
        session.execute(update(Task).where(Task.id == task_id).values(verified_at=now))
