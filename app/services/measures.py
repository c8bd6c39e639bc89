"""The figures of the service as they stand in the database: no names, of people or of tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.domain.approval import OFF, ApprovalRules
from app.extensions import db
from app.models import Holder, Installation, PandaCommand, ScheduledWork, Task
from app.services.heartbeat import is_failing
from app.services.waiting import Waiting, read_waiting


@dataclass(frozen=True)
class WorkMeasure:
    """A piece of scheduled work."""

    name: str
    last_good_at: datetime | None
    is_failing: bool


@dataclass(frozen=True)
class CommandMeasure:
    """Commands of one kind in one state, and since when the oldest of them is there."""

    kind: str
    state: str
    count: int
    oldest_at: datetime


@dataclass(frozen=True)
class Measures:
    """tasks: how many are shown in each state."""

    work: Sequence[WorkMeasure]
    commands: Sequence[CommandMeasure]
    tasks: dict[str, int]
    waiting: Waiting
    epoch: int
    panda_answered_at: datetime | None
    paused_for: str | None


def read_measures(now: datetime, approval: ApprovalRules = OFF) -> Measures:
    """Read them with six statements, along indexes or over tables of a few rows."""
    service = db.session.get(Installation, 1)
    return Measures(
        work=[
            WorkMeasure(row.name, row.last_good_at, is_failing(row))
            for row in db.session.scalars(select(ScheduledWork).order_by(ScheduledWork.name))
        ],
        commands=_commands(now),
        tasks=_tasks(),
        waiting=read_waiting(approval),
        epoch=db.session.scalar(select(Holder.epoch).where(Holder.id == 1)) or 0,
        panda_answered_at=service.panda_answered_at if service else None,
        paused_for=service.paused_for if service else None,
    )


def _commands(now: datetime) -> list[CommandMeasure]:
    columns = PandaCommand.kind, PandaCommand.state
    counted = select(*columns, func.count(), func.min(PandaCommand.created_at)).group_by(*columns)
    rows = db.session.execute(counted.order_by(*columns))
    return [CommandMeasure(kind, state, count, oldest or now) for kind, state, count, oldest in rows]


def _tasks() -> dict[str, int]:
    counted = select(Task.shown_state, func.count()).group_by(Task.shown_state).order_by(Task.shown_state)
    return {row[0]: row[1] for row in db.session.execute(counted)}
