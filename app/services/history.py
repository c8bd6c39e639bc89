"""What has happened to a task."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.domain.task_state import CommandKind
from app.extensions import db
from app.models import PandaCommand, TaskTransition


@dataclass(frozen=True)
class Change:
    """One change of the state shown; who: a person's name, None for the service."""

    at: datetime
    old: str | None
    new: str
    who: str | None
    reason: str | None


def transitions_of(task_id: int) -> list[Change]:
    """Return the changes of a task's state, latest first."""
    rows = db.session.scalars(
        select(TaskTransition)
        .where(TaskTransition.task_id == task_id)
        .order_by(TaskTransition.at.desc(), TaskTransition.id.desc())
        .options(joinedload(TaskTransition.user))
    )
    return [
        Change(row.at, row.old, row.new, row.user.full_name if row.user else None, row.reason) for row in rows
    ]


def frozen_payload(task_id: int) -> str | None:
    """Return the exact parameters that were sent, or None when nothing was."""
    return db.session.scalar(
        select(PandaCommand.payload)
        .where(PandaCommand.task_id == task_id, PandaCommand.kind == CommandKind.SUBMIT.value)
        .where(PandaCommand.payload.is_not(None))
        .order_by(PandaCommand.id.desc())
        .limit(1)
    )
