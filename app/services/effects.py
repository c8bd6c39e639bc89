"""Whether an order was carried out: read off what the refresh has stored of the task, and nothing else."""

from datetime import datetime, timedelta

from sqlalchemy import Select, func, or_, select, update

from app.domain.command import Effect, Observed, effect
from app.domain.task_state import CommandKind, CommandState, TaskState
from app.extensions import db, write_unit
from app.models import PandaCommand, Task
from app.services.changes import note_priority_seen
from app.services.transitions import changed_one

# Why an order ends without its effect; reasons.py says them in the reader's language.
TOO_LATE = "the task has moved on: {status}"
NOTHING_HAPPENED = "PanDA took the order, but nothing happened in {minutes} minutes"
LOST_AND_NOTHING_HAPPENED = "the answer was lost, and nothing happened in {minutes} minutes"
NOT_KNOWN_YET = "PanDA does not know the task yet"

# A task with an order that was asked for is read again after this long, seconds.
LOOK_EVERY_SECONDS = 8
# So many tasks at most wait to be read: who opens a page is not to wait behind a thousand orders.
LOOKS_AT_ONCE = 20
# An order is given up this long after its time even if PanDA has not shown the task since.
LONGEST_SILENCE = timedelta(days=1)
# So many orders are looked at in one go.
MOST = 5000


def observed(task: Task) -> Observed:
    """Return the task as it was last seen."""
    return Observed(task.panda_status, task.current_priority, task.state_as_of)


def before(command: PandaCommand) -> Observed:
    """Return the task as it was when PanDA was first asked."""
    return Observed(command.status_before, None, command.status_before_at)


def settle_order_of(task_id: int, watch: timedelta, now: datetime) -> bool:
    """Close the order of a task if the task shows what became of it; True if it was closed. Commits."""
    return _settle(_asked().where(Task.id == task_id), watch, now) > 0


def settle_orders(watch: timedelta, now: datetime) -> int:
    """Close all orders whose tasks show what became of them, or whose time is over. Commits each."""
    return _settle(_asked().order_by(PandaCommand.id).limit(MOST), watch, now)


def _asked() -> Select[PandaCommand, Task]:
    is_order = PandaCommand.kind != CommandKind.SUBMIT.value
    is_asked = PandaCommand.state == CommandState.ASKED.value
    statement = select(PandaCommand, Task).join(Task, Task.id == PandaCommand.task_id)
    return statement.where(is_asked, is_order).execution_options(populate_existing=True)


def _settle(statement: Select[PandaCommand, Task], watch: timedelta, now: datetime) -> int:
    # Decided all at once: after the first commit each row would be read again.
    rows = db.session.execute(statement).all()
    changes = [(command.id, _change(command, task, watch, now)) for command, task in rows]
    return sum(_write(command_id, change, now) for command_id, change in changes if change)


def _change(command: PandaCommand, task: Task, watch: timedelta, now: datetime) -> dict[str, object]:
    """Return what is to be written of an order; nothing while it is waited for."""
    found = effect(CommandKind(command.kind), command.argument, before(command), observed(task))
    if found is Effect.SEEN:
        return {"state": CommandState.SEEN.value, "decided_at": now, "waits_for": None}
    if found is Effect.OVERTAKEN:
        return _unseen(TOO_LATE.format(status=task.panda_status), now)
    until = command.watch_until or now
    if until > now + watch:  # written by a clock that ran ahead: it would never come
        return {"watch_until": now + watch, "next_at": now}
    if not _is_over(until, task, now):
        return {}
    words = LOST_AND_NOTHING_HAPPENED if command.waits_for else NOTHING_HAPPENED
    return _unseen(words.format(minutes=round(watch.total_seconds() / 60)), now)


def _unseen(why: str, now: datetime) -> dict[str, object]:
    return {"state": CommandState.UNSEEN.value, "decided_at": now, "waits_for": why}


def _is_over(until: datetime, task: Task, now: datetime) -> bool:
    """Say whether the time is over and PanDA has shown the task since; a day later it need not have.

    While PanDA is away nobody can say that nothing happened.
    """
    was_shown = task.confirmed_at is not None and task.confirmed_at >= until
    return now > until and (was_shown or now > until + LONGEST_SILENCE)


def _write(command_id: int, change: dict[str, object], now: datetime) -> bool:
    is_asked = PandaCommand.id == command_id, PandaCommand.state == CommandState.ASKED.value
    with write_unit() as session:
        is_written = changed_one(session, update(PandaCommand).where(*is_asked).values(change))
        if is_written and change.get("state") == CommandState.SEEN.value:
            note_priority_seen(session, command_id, now)
        return is_written


def ask_for_looks(now: datetime) -> None:
    """Have the tasks with an order that was asked for read soon, the longest unseen first. Commits."""
    is_due = Task.refresh_due_at.is_not(None)
    waiting = db.session.scalar(
        select(func.count()).select_from(Task).where(Task.state == TaskState.SUBMITTED.value, is_due)
    )
    room = LOOKS_AT_ONCE - (waiting or 0)
    if room <= 0:
        return
    old = now - timedelta(seconds=LOOK_EVERY_SECONDS)
    unseen = or_(Task.progress_at.is_(None), Task.progress_at <= old, Task.progress_at > now)
    task_ids = db.session.scalars(
        _asked()
        .with_only_columns(Task.id)
        .where(~is_due, unseen)
        .order_by(Task.progress_at.nulls_first())
        .limit(room)
    ).all()
    if task_ids:
        with write_unit() as session:
            due = update(Task).where(Task.id.in_(task_ids), Task.refresh_due_at.is_(None))
            session.execute(due.values(refresh_due_at=now))
