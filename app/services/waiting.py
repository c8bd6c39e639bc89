"""What waits to be sent, what waits for another task first, and of what it is not known where it is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from app.domain.approval import ApprovalRules
from app.domain.chain import DONE
from app.domain.task_state import CommandKind, CommandState
from app.extensions import LARGEST_ID, db
from app.models import PandaCommand, Task
from app.services.queue import is_there

# What a command waits for; written out below, for PostgreSQL groups by no parameter.
_TURN, _ANOTHER, _APPROVAL = "turn", "another", "approval"
UNDECIDED = (CommandState.UNKNOWN.value, CommandState.HELD.value)


@dataclass(frozen=True)
class Waiting:
    """How many commands wait for their turn, since when the oldest of them does, and what else is not done.

    for_another: submissions of tasks whose parent or test is not done; for_approval: of tasks that somebody
    has to approve first. These wait as they should.
    """

    for_turn: int
    oldest_at: datetime | None
    for_another: int
    for_approval: int
    undecided: int
    held: int


def read_waiting(approval: ApprovalRules) -> Waiting:
    """Count with one statement."""
    from_jobs = min(approval.from_jobs, LARGEST_ID) if approval.is_on else LARGEST_ID + 1
    rows = db.session.execute(_COUNTED, {"from_jobs": from_jobs})
    found = {(state, why): (count, at) for state, why, count, at in rows}
    for_turn, oldest_at = found.get((CommandState.READY.value, _TURN), (0, None))

    def count(state: CommandState) -> int:
        return sum(number for (known, _), (number, _at) in found.items() if known == state.value)

    return Waiting(
        for_turn=for_turn,
        oldest_at=oldest_at,
        for_another=found.get((CommandState.READY.value, _ANOTHER), (0, None))[0],
        for_approval=found.get((CommandState.READY.value, _APPROVAL), (0, None))[0],
        undecided=count(CommandState.UNKNOWN) + count(CommandState.HELD),
        held=count(CommandState.HELD),
    )


def _waits_for_another(parent: type[Task], twin: type[Task]) -> ColumnElement[bool]:
    """Say the contrary of what queue.next_command lets go; parent and twin are joined, or missing."""
    on_parent = and_(Task.parent_id.is_not(None), ~func.coalesce(is_there(parent), false()))
    awaited = case((Task.test_waived_at.is_(None), Task.waits_for_id))
    on_twin = and_(awaited.is_not(None), func.coalesce(twin.panda_status != DONE, true()))
    return and_(PandaCommand.kind == CommandKind.SUBMIT.value, or_(on_parent, on_twin))


def _waits_for_approval() -> ColumnElement[bool]:
    from_jobs = bindparam("from_jobs", type_=BigInteger())
    is_asked_about = and_(Task.approved_at.is_(None), Task.jobs >= from_jobs, ~PandaCommand.resent)
    return and_(PandaCommand.kind == CommandKind.SUBMIT.value, is_asked_about)


def _count() -> Select[str, str, int, datetime]:
    parent, twin = aliased(Task), aliased(Task)
    why = case(
        (_waits_for_another(parent, twin), literal_column("'another'")),
        (_waits_for_approval(), literal_column("'approval'")),
        else_=literal_column("'turn'"),
    ).label("why")
    return (
        select(PandaCommand.state, why, func.count(), func.min(PandaCommand.created_at))
        .join(PandaCommand.task)
        .outerjoin(parent, Task.parent_id == parent.id)
        .outerjoin(twin, Task.waits_for_id == twin.id)
        .where(PandaCommand.state.in_([CommandState.READY.value, *UNDECIDED]))
        .group_by(PandaCommand.state, why)
    )


# Every page asks: put together once.
_COUNTED = _count()
