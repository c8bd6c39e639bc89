"""Tasks whose parameters are to be read back from PanDA soon after they were accepted."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from app.domain.task_state import CommandKind, CommandState, TaskState
from app.extensions import db, write_unit
from app.models import PandaCommand, Task


@dataclass(frozen=True)
class ToVerify:
    """An accepted task with the parameters it was sent with."""

    task_id: int
    command_id: int
    panda_id: int
    payload: str


def next_unverified(after_id: int) -> ToVerify | None:
    """Return the next task (id above after_id) that was accepted but not read back, or None."""
    row = db.session.execute(
        select(Task.id, PandaCommand.id, Task.panda_id, PandaCommand.payload)
        .join(PandaCommand)
        .where(
            Task.state == TaskState.SUBMITTED.value,
            Task.verified_at.is_(None),
            Task.panda_id.is_not(None),
            Task.id > after_id,
            PandaCommand.kind == CommandKind.SUBMIT.value,
            PandaCommand.state == CommandState.ACCEPTED.value,
        )
        .order_by(Task.id)
        .limit(1)
    ).one_or_none()
    return None if row is None else ToVerify(row[0], row[1], row[2] or 0, row[3] or "{}")


def record_verified(task_id: int, now: datetime) -> None:
    """Write down that PanDA holds our parameters for this task. Commits."""
    with write_unit() as session:
        session.execute(update(Task).where(Task.id == task_id).values(verified_at=now))
