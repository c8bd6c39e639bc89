"""The one place where the state of a task changes: a guarded UPDATE and a row of history."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Delete, Table, Update, insert, select, update
from sqlalchemy.orm import Session

from app.domain.task_state import TaskState, may_move
from app.models import Holder, Task, TaskTransition

_TASKS = Table("task", Task.metadata)
# Tasks are moved so many at a time.
AT_ONCE = 500
# A flush of one row takes twice as long.
_APPEND = insert(Table("task_transition", TaskTransition.metadata))


def move(
    session: Session,
    task_id: int,
    old: TaskState,
    new: TaskState,
    now: datetime,
    *,
    user_id: int | None = None,
    reason: str | None = None,
    where: tuple[ColumnElement[bool], ...] = (),
    values: Mapping[str, Any] | None = None,
) -> bool:
    """Change the state of a task from old to new; False means that somebody else got there first.

    The version rises, so that an editor who still sees the old state is told. Does not commit.
    Raise ValueError for a change that TRANSITIONS does not know.
    """
    if not may_move(old, new):
        message = f"a task cannot go from {old} to {new}"
        raise ValueError(message)
    columns = {"state": new.value, "shown_state": new.value, "state_as_of": now, "updated_at": now}
    statement = (
        update(_TASKS)
        .where(_TASKS.c.id == task_id, _TASKS.c.state == old.value, *where)
        .values(version=_TASKS.c.version + 1, **columns, **(values or {}))
    )
    changed = changed_one(session, statement)
    if changed:
        row = {"task_id": task_id, "at": now, "old": old.value, "new": new.value}
        session.execute(_APPEND, {**row, "user_id": user_id, "reason": reason})
    return changed


def move_all(
    session: Session, task_ids: Sequence[int], old: TaskState, new: TaskState, now: datetime, user_id: int
) -> None:
    """Change the state of tasks that this transaction has made, as move does. Does not commit.

    Raise ValueError for a change that TRANSITIONS does not know, and where a task is not in the old state.
    """
    if not may_move(old, new):
        message = f"tasks cannot go from {old} to {new}"
        raise ValueError(message)
    columns = {"state": new.value, "shown_state": new.value, "state_as_of": now, "updated_at": now}
    history = {"at": now, "old": old.value, "new": new.value, "user_id": user_id, "reason": None}
    for start in range(0, len(task_ids), AT_ONCE):
        some = task_ids[start : start + AT_ONCE]
        statement = (
            update(_TASKS)
            .where(_TASKS.c.id.in_(some), _TASKS.c.state == old.value)
            .values(version=_TASKS.c.version + 1, **columns)
        )
        result = session.execute(statement)
        if not isinstance(result, CursorResult) or result.rowcount != len(some):
            message = f"not all of the tasks are in the state {old}"
            raise ValueError(message)
        session.execute(_APPEND, [{**history, "task_id": task_id} for task_id in some])


def note_transition(
    session: Session,
    task_id: int,
    old: str | None,
    new: str,
    at: datetime,
    *,
    user_id: int | None = None,
    reason: str | None = None,
) -> None:
    """Append a row to the history of a task. Does not commit."""
    session.add(TaskTransition(task_id=task_id, at=at, old=old, new=new, user_id=user_id, reason=reason))


def holder_is(epoch: int | ColumnElement[int]) -> ColumnElement[bool]:
    """Guard: the scheduled work is still held in this epoch."""
    return select(Holder.epoch).where(Holder.id == 1).scalar_subquery() == epoch


def changed_one(
    session: Session, statement: Update | Delete, values: Mapping[str, object] | None = None
) -> bool:
    """Run an UPDATE or DELETE that is to change one row and say whether it did. Does not commit."""
    result = session.execute(statement, values, execution_options={"synchronize_session": False})
    return isinstance(result, CursorResult) and result.rowcount == 1
