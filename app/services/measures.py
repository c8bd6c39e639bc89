"""The figures of the service as they stand in the database: no names, of people or of tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.domain.task_state import CommandState
from app.extensions import db
from app.models import Holder, Installation, PandaCommand, ScheduledWork, Task
from app.services.heartbeat import UNDECIDED, is_failing


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
    epoch: int
    panda_answered_at: datetime | None
    paused_for: str | None

    @property
    def waiting(self) -> int:
        """How many commands wait to be sent."""
        return sum(each.count for each in self._in(CommandState.READY.value))

    @property
    def oldest_waiting_at(self) -> datetime | None:
        """Since when the oldest of them waits."""
        return min((each.oldest_at for each in self._in(CommandState.READY.value)), default=None)

    @property
    def undecided(self) -> int:
        """Of how many commands it is not known what became of them."""
        return sum(each.count for each in self._in(*UNDECIDED))

    def _in(self, *states: str) -> list[CommandMeasure]:
        return [each for each in self.commands if each.state in states]


def read_measures(now: datetime) -> Measures:
    """Read them with five statements, along indexes or over tables of a few rows."""
    service = db.session.get(Installation, 1)
    return Measures(
        work=[
            WorkMeasure(row.name, row.last_good_at, is_failing(row))
            for row in db.session.scalars(select(ScheduledWork).order_by(ScheduledWork.name))
        ],
        commands=_commands(now),
        tasks=_tasks(),
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
