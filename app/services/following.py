"""What PanDA says of a task, stored: never invented, never going back in time."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, SQLColumnExpression, case, func, or_, select, update

from app.domain.task_state import FINAL_STATUSES, RUNNING_STATUSES, TaskState
from app.extensions import db, write_unit
from app.models import Task
from app.services.transitions import changed_one, note_transition

# Width of the columns that hold PanDA's word, characters.
STATUS_WIDTH = 64

# A task that has ended may still be changed by somebody at PanDA. It is read again after the first wait, then
# whenever the time since its end has doubled, until it is old enough to be left alone.
FIRST_RECHECK, LAST_RECHECK = timedelta(minutes=30), timedelta(days=7)


@dataclass(frozen=True)
class PandaState:
    """One observation. changed_at: PanDA's stateChangeTime; counts are None when PanDA gave none."""

    status: str
    changed_at: datetime | None
    priority: int | None
    jobs_total: int | None
    jobs_done: int | None
    jobs_failed: int | None
    error_dialog: str | None


def store_state(task_id: int, seen: PandaState, now: datetime) -> bool:
    """Store an observation; False when a newer one is there already. Commits."""
    with write_unit() as session:
        task = session.get_one(Task, task_id, populate_existing=True)
        as_of = seen.changed_at or now
        # Our own clock and PanDA's may differ: only times of PanDA are compared with each other.
        if task.panda_status is not None and as_of < task.state_as_of:
            return False
        old, is_new = task.shown_state, task.panda_status != seen.status
        stored = changed_one(
            session,
            update(Task)
            .where(
                Task.id == task_id, Task.state == TaskState.SUBMITTED.value, _same_status(task.panda_status)
            )
            .values(_columns(task, seen, as_of, now, is_new)),
        )
        if not stored:
            session.rollback()
            return False
        if is_new:
            note_transition(session, task_id, old, seen.status, as_of, reason=seen.error_dialog)
        return True


def _same_status(status: str | None) -> ColumnElement[bool]:
    return Task.panda_status.is_(None) if status is None else Task.panda_status == status


def _columns(task: Task, seen: PandaState, as_of: datetime, now: datetime, is_new: bool) -> dict[str, object]:
    columns: dict[str, object] = {
        "confirmed_at": now,
        "progress_at": now,
        "refresh_due_at": None,
        "error_dialog": seen.error_dialog,
        # Without a time of PanDA's the age counts from when we first saw the status.
        "recheck_at": next_recheck(seen.status, as_of if is_new else task.state_as_of, now),
    }
    if is_new:
        columns |= {"panda_status": seen.status, "shown_state": seen.status, "state_as_of": as_of}
    if seen.priority is not None:
        columns["current_priority"] = seen.priority
    counts = {"jobs_total": seen.jobs_total, "jobs_done": seen.jobs_done, "jobs_failed": seen.jobs_failed}
    columns |= {
        name: count for name, count in counts.items() if count is not None and (name != "jobs_total" or count)
    }
    if task.started_at is None and seen.status in RUNNING_STATUSES:
        columns["started_at"] = as_of
    if is_new or any(getattr(task, name) != columns.get(name, getattr(task, name)) for name in counts):
        columns["updated_at"] = now
    return columns


def next_recheck(status: str, since: datetime, now: datetime) -> datetime | None:
    """Return when a task with this status, since then, is to be read once more; None: with all others."""
    age = max(now - since, timedelta(0))
    if status not in FINAL_STATUSES or age >= LAST_RECHECK:
        return None
    return now + max(FIRST_RECHECK, min(age, LAST_RECHECK - age))


def confirm_states(task_ids: list[int], now: datetime) -> None:
    """Write down that PanDA still gives these tasks the status we show. Commits."""
    if not task_ids:
        return
    with write_unit() as session:
        session.execute(update(Task).where(Task.id.in_(task_ids)).values(confirmed_at=now))


def statuses_of(panda_ids: Collection[int]) -> dict[int, tuple[int, str | None]]:
    """Map PanDA's ids to our task id and the status we show. Ids near each other are looked up together."""
    if not panda_ids:
        return {}
    # A range and no list: thousands of parameters take longer than the rows between, which are few.
    is_near = Task.panda_id.between(min(panda_ids), max(panda_ids))
    rows = db.session.execute(select(Task.panda_id, Task.id, Task.panda_status).where(is_near))
    wanted = set(panda_ids)
    return {panda_id: (task_id, status) for panda_id, task_id, status in rows if panda_id in wanted}


def tasks_due(now: datetime, progress_after: timedelta, sweep_after: timedelta, limit: int) -> list[Task]:
    """Return the submitted tasks to be read by their id, the most urgent first.

    Running ones, in turn, for their progress; those that PanDA's list has not shown for long; and those that
    have ended, less and less often.
    """
    # A fresh task is not asked for at once: PanDA's list shows it as soon as JEDI has it.
    last_seen = func.coalesce(Task.progress_at, Task.confirmed_at, Task.submitted_at)
    unseen = _is_old(last_seen, now, sweep_after) & (
        Task.confirmed_at.is_(None) | _is_old(Task.confirmed_at, now, sweep_after)
    )
    is_final = Task.panda_status.in_(sorted(FINAL_STATUSES))
    is_running = Task.panda_status.in_(sorted(RUNNING_STATUSES))
    due = or_(
        is_running & (Task.progress_at.is_(None) | _is_old(Task.progress_at, now, progress_after)),
        unseen & (Task.panda_status.is_(None) | ~is_final),
        Task.recheck_at <= now,
    )
    statement = (
        select(Task)
        .where(Task.state == TaskState.SUBMITTED.value, due)
        .order_by(Task.progress_at.is_not(None), Task.progress_at, Task.id)
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def _is_old(at: SQLColumnExpression[datetime | None], now: datetime, age: timedelta) -> ColumnElement[bool]:
    """Say whether a moment is longer ago than age; a clock that ran ahead has written one in the future."""
    return (at < now - age) | (at > now + age)


def panda_id_of(task_id: int) -> int | None:
    """Return PanDA's id of a task."""
    return db.session.scalar(select(Task.panda_id).where(Task.id == task_id))


def put_off(task_id: int, now: datetime) -> None:
    """Nothing new was learnt of the task: it waits its turn again, without blocking others. Commits."""
    is_due = Task.recheck_at <= now
    recheck_at = case((is_due, now + FIRST_RECHECK), else_=Task.recheck_at)
    values = {"refresh_due_at": None, "progress_at": now, "recheck_at": recheck_at}
    with write_unit() as session:
        session.execute(update(Task).where(Task.id == task_id).values(values))


def ask_for_refresh(task_id: int, now: datetime) -> None:
    """Have a task read in the next cycle: somebody looks at it. Commits."""
    with write_unit() as session:
        session.execute(
            update(Task)
            .where(Task.id == task_id, Task.state == TaskState.SUBMITTED.value, Task.refresh_due_at.is_(None))
            .values(refresh_due_at=now)
        )


def next_asked() -> int | None:
    """Return the submitted task that somebody has waited for longest, or None."""
    return db.session.scalar(
        select(Task.id)
        .where(Task.state == TaskState.SUBMITTED.value, Task.refresh_due_at.is_not(None))
        .order_by(Task.refresh_due_at)
        .limit(1)
    )
