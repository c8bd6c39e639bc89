"""What has happened to a task: changes of its state and its fields, orders and comments, along one line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CompoundSelect, Select, func, literal, select, union_all
from sqlalchemy.orm import joinedload

from app.domain.task_state import CommandKind
from app.extensions import db
from app.models import PandaCommand, TaskChange, TaskComment, TaskTransition

# Anything that stands in the history. Of what happened at one moment, what stands first here came last.
Entry = TaskComment | PandaCommand | TaskTransition | TaskChange
_TABLES: tuple[type[Entry], ...] = (TaskComment, PandaCommand, TaskTransition, TaskChange)


@dataclass(frozen=True)
class HistoryPage:
    """A page of the history, latest first. total: all entries."""

    entries: Sequence[Entry]
    number: int
    pages: int
    total: int


def history_of(task_id: int, number: int, size: int) -> HistoryPage:
    """Return a page of a task's history; one beyond the end is the last one."""
    keys = _keys(task_id).subquery()
    total = db.session.scalar(select(func.count()).select_from(keys)) or 0
    pages = max(1, -(-total // size))
    number = min(number, pages)
    latest_first = select(keys).order_by(keys.c.at.desc(), keys.c.place, keys.c.id.desc())
    found = db.session.execute(latest_first.limit(size).offset((number - 1) * size)).all()
    rows = {(place, row.id): row for place in range(len(_TABLES)) for row in _rows(place, found)}
    return HistoryPage([rows[key.place, key.id] for key in found], number, pages, total)


def history_mark(task_id: int) -> tuple[object, ...]:
    """Return what changes whenever something is added to, or changed in, the history of a task.

    States and orders apart: they have marks of their own.
    """
    changed = select(func.count()).select_from(TaskChange).where(TaskChange.task_id == task_id)
    last = func.max(TaskComment.edited_at), func.max(TaskComment.deleted_at)
    comments = select(func.count(), *last).where(TaskComment.task_id == task_id)
    return (db.session.scalar(changed), *db.session.execute(comments).one())


def _keys(task_id: int) -> CompoundSelect[Any]:
    """Select (place in _TABLES, id, moment) of all entries."""
    return union_all(*(_keys_of(place, task_id) for place in range(len(_TABLES))))


def _keys_of(place: int, task_id: int) -> Select[Any]:
    table = _TABLES[place]
    at = PandaCommand.created_at if table is PandaCommand else table.at  # type: ignore[union-attr]
    keys = select(literal(place).label("place"), table.id, at.label("at")).where(table.task_id == task_id)
    # Submitting is a change of state.
    return keys.where(PandaCommand.kind != CommandKind.SUBMIT.value) if table is PandaCommand else keys


_PEOPLE: dict[type[Entry], tuple[Any, ...]] = {
    TaskComment: (TaskComment.user, TaskComment.deleted_by),
    PandaCommand: (PandaCommand.requested_by,),
    TaskTransition: (TaskTransition.user,),
    TaskChange: (TaskChange.user,),
}


def _rows(place: int, keys: Sequence[Any]) -> Sequence[Entry]:
    """Return the entries of one table with the people in them."""
    table, wanted = _TABLES[place], [key.id for key in keys if key.place == place]
    if not wanted:
        return []
    loading = [joinedload(person) for person in _PEOPLE[table]]
    found = select(table).where(table.id.in_(wanted)).options(*loading)
    return cast(Sequence[Entry], db.session.scalars(found).all())


def moment_of(entry: Entry) -> datetime:
    """Return when it happened; of an order, when it was given."""
    return entry.created_at if isinstance(entry, PandaCommand) else entry.at


def frozen_payload(task_id: int) -> str | None:
    """Return the exact parameters that were sent, or None when nothing was."""
    return db.session.scalar(
        select(PandaCommand.payload)
        .where(PandaCommand.task_id == task_id, PandaCommand.kind == CommandKind.SUBMIT.value)
        .where(PandaCommand.payload.is_not(None))
        .order_by(PandaCommand.id.desc())
        .limit(1)
    )
