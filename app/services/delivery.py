"""What is written down after a task was sent: accepted, refused, not sent at all, or nobody knows.

The safety rests on guarded UPDATEs: no clock, no lock and no timeout is needed for it. A fact found (PanDA's
id) is stored whoever brings it; what says "not sent" or "not found" counts only from the present holder.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Table, and_, bindparam, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.task_state import CommandKind, CommandState, TaskState
from app.extensions import db, write_unit
from app.models import PandaCommand, Task
from app.services.calls import give_up_calls
from app.services.intent import Intent, record_intent
from app.services.transitions import changed_one, holder_is, move

__all__ = [
    "Intent",
    "adopt_orphans",
    "record_acceptance",
    "record_intent",
    "record_not_begun",
    "record_not_sent",
    "record_rejection",
    "record_unknown",
    "refuse_before_sending",
]


# A command that is ready has nothing of a send that was not made.
_NOT_SENT = {"payload": None, "task_version": None, "sent_at": None}

_COMMANDS, _TASKS = Table("panda_command", PandaCommand.metadata), Table("task", Task.metadata)
# Of commands that have been sent at least once without a decision: put together once, they are run for each.
_LOST = (CommandState.SENDING, CommandState.UNKNOWN, CommandState.HELD, CommandState.GIVEN_UP)
_MAY_TURN_UP = and_(
    _COMMANDS.c.id == bindparam("command_id"),
    or_(
        _COMMANDS.c.state.in_([state.value for state in _LOST]),
        and_(_COMMANDS.c.state == CommandState.READY.value, _COMMANDS.c.resent),
    ),
)
_LOCK = select(_COMMANDS.c.task_id).where(_MAY_TURN_UP).with_for_update()
_STATE = select(_TASKS.c.state).where(_TASKS.c.id == bindparam("task_id"), _TASKS.c.panda_id.is_(None))
_ACCEPT = update(_COMMANDS).where(_MAY_TURN_UP).values(state=CommandState.ACCEPTED.value, waits_for=None)

# In the history of a task that was put back without a try, and of one that was found after all.
NOT_BEGUN = "it was put back before it was sent"
TURNED_UP = "turned up after it was given up"


def record_acceptance(command_id: int, panda_id: int, now: datetime) -> bool:
    """Store PanDA's id: a fact, stored even by a late worker.

    False is an alarm: the task has another id already, or another task has this one. Commits.
    """
    try:
        with write_unit() as session:
            if _accept(session, command_id, panda_id, now):
                return True
            session.rollback()
    except IntegrityError:
        return False
    # Somebody else may have stored the same id in between.
    stored = select(Task.panda_id).join(PandaCommand).where(PandaCommand.id == command_id)
    return db.session.scalar(stored) == panda_id


def _accept(session: Session, command_id: int, panda_id: int, now: datetime) -> bool:
    # Whoever decides a command changes its row first: with that locked, the task's state stays what we read.
    task_id = session.scalar(_LOCK, {"command_id": command_id})
    state = session.scalar(_STATE, {"task_id": task_id})
    if task_id is None or state is None:
        return False
    stored = {"panda_id": panda_id, "submitted_at": now, "refresh_due_at": now}
    why, old = TURNED_UP if state == TaskState.GIVEN_UP.value else None, TaskState(state)
    accept = _ACCEPT.values(decided_at=now)
    return move(session, task_id, old, TaskState.SUBMITTED, now, reason=why, values=stored) and changed_one(
        session, accept, {"command_id": command_id}
    )


def record_not_sent(command_id: int, why: str, next_at: datetime, epoch: int, now: datetime) -> bool:
    """Put a command back in the queue: it provably did not reach PanDA. Commits.

    One that was sent before and not found stays undecided: it goes back to be looked for.
    """
    if _was_sent_before(command_id):
        return record_unknown(command_id, why, next_at, epoch, now, resent=False)
    return _decide(
        command_id, CommandState.SENDING, CommandState.READY, TaskState.QUEUED, why, epoch, now,
        {"next_at": next_at, "tries": PandaCommand.tries + 1, "waits_for": why, **_NOT_SENT},
    )  # fmt: skip


def record_not_begun(command_id: int, epoch: int, now: datetime) -> bool:
    """Put a command back in its place in the queue: no try was made. Commits.

    One that was sent before and not found stays undecided: it goes back to be looked for.
    """
    if _was_sent_before(command_id):
        return record_unknown(command_id, NOT_BEGUN, now, epoch, now, resent=False)
    return _decide(
        command_id, CommandState.SENDING, CommandState.READY, TaskState.QUEUED, NOT_BEGUN, epoch, now,
        _NOT_SENT,
    )  # fmt: skip


def record_rejection(command_id: int, why: str, epoch: int, now: datetime) -> bool:
    """Write down that PanDA refused the parameters: nothing runs there. Commits.

    Of a command that was sent before it says nothing about the first time: that stays undecided.
    """
    if _was_sent_before(command_id):
        return record_unknown(command_id, why, now, epoch, now)
    return _decide(
        command_id, CommandState.SENDING, CommandState.REJECTED, TaskState.REJECTED, why, epoch, now,
        {"decided_at": now, "waits_for": why},
    )  # fmt: skip


def record_unknown(
    command_id: int, why: str, next_at: datetime, epoch: int, now: datetime, resent: bool | None = None
) -> bool:
    """Write down that the answer was lost: the task may run at PanDA or not. Commits."""
    return _decide(
        command_id, CommandState.SENDING, CommandState.UNKNOWN, TaskState.UNKNOWN, why, epoch, now,
        {"next_at": next_at, "waits_for": why} | ({} if resent is None else {"resent": resent}),
    )  # fmt: skip


def refuse_before_sending(command_id: int, why: str, version: int, epoch: int, now: datetime) -> bool:
    """Refuse a queued task whose parameters, at this version of the task, cannot be built. Commits."""
    return _decide(
        command_id, CommandState.READY, CommandState.REJECTED, TaskState.REJECTED, why, epoch, now,
        {"decided_at": now, "waits_for": why}, version,
    )  # fmt: skip


def adopt_orphans(epoch: int, now: datetime) -> int:
    """Turn every send that was interrupted into an unknown one. Returns how many. Commits each."""
    orphans = db.session.scalars(
        select(PandaCommand.id).where(
            PandaCommand.kind == CommandKind.SUBMIT.value, PandaCommand.state == CommandState.SENDING.value
        )
    ).all()
    why = "the program was stopped while it was sending"
    adopted = [orphan for orphan in orphans if record_unknown(orphan, why, now, epoch, now)]
    for command_id in adopted:
        give_up_calls(command_id)
    return len(adopted)


def _was_sent_before(command_id: int) -> bool:
    return bool(db.session.scalar(select(PandaCommand.resent).where(PandaCommand.id == command_id)))


def _decide(
    command_id: int, old: CommandState, new: CommandState, task_state: TaskState, why: str, epoch: int,
    now: datetime, values: Mapping[str, object], version: int | None = None,
) -> bool:  # fmt: skip
    with write_unit() as session:
        decided = changed_one(
            session,
            update(PandaCommand)
            .where(PandaCommand.id == command_id, PandaCommand.state == old.value, holder_is(epoch))
            .values({"state": new.value, **values}),
        ) and _move_task_of(session, command_id, task_state, why, version, now)
        if not decided:
            session.rollback()
        return decided


def _move_task_of(
    session: Session, command_id: int, new: TaskState, why: str, version: int | None, now: datetime
) -> bool:
    task_id, state = session.execute(
        select(Task.id, Task.state).join(PandaCommand).where(PandaCommand.id == command_id)
    ).one()
    at_version = () if version is None else (Task.version == version,)
    return move(session, task_id, TaskState(state), new, now, reason=why, where=at_version)
