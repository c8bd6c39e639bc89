"""What waits to be sent, what waits for another task first, and of what it is not known where it is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select, true
from sqlalchemy.orm import aliased

from app.domain.chain import DONE
from app.domain.task_state import CommandKind, CommandState
from app.extensions import db
from app.models import PandaCommand, Task
from app.services.queue import is_there

UNDECIDED = (CommandState.UNKNOWN.value, CommandState.HELD.value)


@dataclass(frozen=True)
class Waiting:
    """How many commands wait for their turn, since when the oldest of them does, and what else is not done.

    for_another: submissions of tasks whose parent or test is not done; these wait as they should.
    """

    for_turn: int
    oldest_at: datetime | None
    for_another: int
    undecided: int
    held: int


def read_waiting() -> Waiting:
    """Count with one statement."""
    found = {(state, another): (count, at) for state, another, count, at in db.session.execute(_COUNTED)}
    for_turn, oldest_at = found.get((CommandState.READY.value, False), (0, None))

    def count(state: CommandState) -> int:
        return sum(number for (known, _), (number, _at) in found.items() if known == state.value)

    return Waiting(
        for_turn=for_turn,
        oldest_at=oldest_at,
        for_another=count(CommandState.READY) - for_turn,
        undecided=count(CommandState.UNKNOWN) + count(CommandState.HELD),
        held=count(CommandState.HELD),
    )


def _waits_for_another(parent: type[Task], twin: type[Task]) -> ColumnElement[bool]:
    """Say the contrary of what queue.next_command lets go; parent and twin are joined, or missing."""
    on_parent = and_(Task.parent_id.is_not(None), ~func.coalesce(is_there(parent), false()))
    awaited = case((Task.test_waived_at.is_(None), Task.waits_for_id))
    on_twin = and_(awaited.is_not(None), func.coalesce(twin.panda_status != DONE, true()))
    return and_(PandaCommand.kind == CommandKind.SUBMIT.value, or_(on_parent, on_twin))


def _count() -> Select[str, bool, int, datetime]:
    parent, twin = aliased(Task), aliased(Task)
    another = _waits_for_another(parent, twin).label("another")
    return (
        select(PandaCommand.state, another, func.count(), func.min(PandaCommand.created_at))
        .join(PandaCommand.task)
        .outerjoin(parent, Task.parent_id == parent.id)
        .outerjoin(twin, Task.waits_for_id == twin.id)
        .where(PandaCommand.state.in_([CommandState.READY.value, *UNDECIDED]))
        .group_by(PandaCommand.state, another)
    )


# Every page asks: put together once.
_COUNTED = _count()
