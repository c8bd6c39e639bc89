"""What is written down around the sending of a task: the intent before it, the outcome after it.

The safety rests on guarded UPDATEs: no clock, no lock and no timeout is needed for it. A fact found (PanDA's
id) is stored whoever brings it; what says "not sent" or "not found" counts only from the present holder.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain.task_state import CommandState, TaskState
from app.extensions import db, write_unit
from app.models import Installation, PandaCommand, Task
from app.services.calls import CallContext, new_call
from app.services.seeds import allot_seeds
from app.services.transitions import changed_one, holder_is, move

# Commands whose task may still turn up at PanDA.
_FINDABLE = (CommandState.SENDING, CommandState.UNKNOWN, CommandState.HELD)


@dataclass(frozen=True)
class Intent:
    """A send that is written down and may now be made, once."""

    command_id: int
    task_id: int
    user_id: int
    call_id: int
    payload: str
    parent_panda_id: int | None


def is_paused() -> bool:
    """Say whether delivery is paused."""
    return db.session.scalar(select(Installation.paused_for).where(Installation.id == 1)) is not None


def next_ready(now: datetime) -> PandaCommand | None:
    """Return the command that is to be sent next, oldest due first, or None."""
    return db.session.scalar(
        select(PandaCommand)
        .where(PandaCommand.state == CommandState.READY.value, PandaCommand.next_at <= now)
        .order_by(PandaCommand.next_at, PandaCommand.id)
        .limit(1)
    )


def record_intent(
    command_id: int,
    build: Callable[[Task, PandaCommand], str],
    seeds_for: frozenset[str],
    epoch: int,
    now: datetime,
) -> Intent | None:
    """Freeze the payload and write down that it is about to be sent.

    One durable transaction: the command ready → sending, the task queued → sending at the version the
    payload was built from, the call's row, and the highest PanDA id known. None means that somebody edited,
    withdrew or took it in between: nothing may be sent. build turns the rows into the payload's text and
    may raise; nothing is then written. Commits.
    """
    with write_unit() as session:
        command = session.get_one(PandaCommand, command_id, populate_existing=True)
        task = session.get_one(Task, command.task_id, populate_existing=True)
        version = task.version
        if task.recipe in seeds_for:
            allot_seeds(session, task)
        payload = build(task, command)
        low_id = session.scalar(select(func.max(Task.panda_id))) or 0
        call = new_call(
            CallContext(command.requested_by_id, task.id, command.id),
            "POST",
            "task/submit",
            None,
            payload,
            now,
        )
        guarded = changed_one(
            session,
            update(PandaCommand)
            .where(
                PandaCommand.id == command_id,
                PandaCommand.state == CommandState.READY.value,
                holder_is(epoch),
            )
            .values(
                state=CommandState.SENDING.value,
                payload=payload,
                task_version=version,
                low_id=low_id,
                sent_at=now,
                waits_for=None,
            ),
        ) and move(
            session, task.id, TaskState.QUEUED, TaskState.SENDING, now, where=(Task.version == version,)
        )
        if not guarded:
            session.rollback()
            return None
        session.add(call)
        session.flush()
        parent = session.get(Task, task.parent_id) if task.parent_id else None
        return Intent(
            command_id,
            task.id,
            command.requested_by_id,
            call.id,
            payload,
            parent.panda_id if parent else None,
        )


def record_acceptance(command_id: int, panda_id: int, now: datetime) -> bool:
    """Store PanDA's id: a fact, stored even by a late worker.

    False means that the task already has another id: an alarm. Commits.
    """
    with write_unit() as session:
        command = session.get_one(PandaCommand, command_id, populate_existing=True)
        task = session.get_one(Task, command.task_id, populate_existing=True)
        if task.panda_id is not None:
            return task.panda_id == panda_id
        state = TaskState(task.state)
        moved = move(
            session,
            task.id,
            state,
            TaskState.SUBMITTED,
            now,
            where=(Task.panda_id.is_(None),),
            values={"panda_id": panda_id, "submitted_at": now, "refresh_due_at": now},
        )
        closed = changed_one(
            session,
            update(PandaCommand)
            .where(
                PandaCommand.id == command_id, PandaCommand.state.in_([state.value for state in _FINDABLE])
            )
            .values(state=CommandState.ACCEPTED.value, decided_at=now, waits_for=None),
        )
        if not (moved and closed):
            session.rollback()
            return False
        return True


def record_not_sent(command_id: int, why: str, next_at: datetime, epoch: int, now: datetime) -> bool:
    """Put a command back in the queue: it provably did not reach PanDA. Commits."""
    return _decide(
        command_id, CommandState.SENDING, CommandState.READY, TaskState.QUEUED, why, epoch, now,
        next_at=next_at, tries=PandaCommand.tries + 1, waits_for=why,
        payload=None, task_version=None, sent_at=None,
    )  # fmt: skip


def record_rejection(command_id: int, why: str, epoch: int, now: datetime) -> bool:
    """Write down that PanDA refused the parameters: nothing runs there. Commits."""
    return _decide(
        command_id, CommandState.SENDING, CommandState.REJECTED, TaskState.REJECTED, why, epoch, now,
        decided_at=now, waits_for=why,
    )  # fmt: skip


def record_unknown(command_id: int, why: str, next_at: datetime, epoch: int, now: datetime) -> bool:
    """Write down that the answer was lost: the task may run at PanDA or not. Commits."""
    return _decide(
        command_id, CommandState.SENDING, CommandState.UNKNOWN, TaskState.UNKNOWN, why, epoch, now,
        next_at=next_at, waits_for=why,
    )  # fmt: skip


def refuse_before_sending(command_id: int, why: str, epoch: int, now: datetime) -> bool:
    """Refuse a queued task whose parameters cannot be built. Commits."""
    return _decide(
        command_id, CommandState.READY, CommandState.REJECTED, TaskState.REJECTED, why, epoch, now,
        decided_at=now, waits_for=why,
    )  # fmt: skip


def adopt_orphans(epoch: int, now: datetime) -> int:
    """Turn every send of a dead holder into an unknown one. Returns how many. Commits each."""
    orphans = db.session.scalars(
        select(PandaCommand.id).where(PandaCommand.state == CommandState.SENDING.value)
    ).all()
    why = "the program was stopped while it was sending"
    return sum(record_unknown(command_id, why, now, epoch, now) for command_id in orphans)


def _decide(
    command_id: int, old: CommandState, new: CommandState, task_state: TaskState, why: str, epoch: int,
    now: datetime, **values: object,
) -> bool:  # fmt: skip
    with write_unit() as session:
        decided = changed_one(
            session,
            update(PandaCommand)
            .where(PandaCommand.id == command_id, PandaCommand.state == old.value, holder_is(epoch))
            .values(state=new.value, **values),
        ) and _move_task_of(session, command_id, task_state, why, now)
        if not decided:
            session.rollback()
        return decided


def _move_task_of(session: Session, command_id: int, new: TaskState, why: str, now: datetime) -> bool:
    task_id, state = session.execute(
        select(Task.id, Task.state).join(PandaCommand).where(PandaCommand.id == command_id)
    ).one()
    return move(session, task_id, TaskState(state), new, now, reason=why)


def backoff(tries: int, first: float, longest: float) -> timedelta:
    """Return the wait before the next try: doubled each time, up to the longest (both in seconds)."""
    return timedelta(seconds=min(longest, first * 2 ** min(tries, 20)))
