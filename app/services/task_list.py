"""The list of tasks: filters, sorts and pages, all done by the database."""

import hashlib
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import InstrumentedAttribute

from app.extensions import db
from app.models import Task, User
from app.services.paging import Page, distinct_values, read_page
from app.services.queue import as_parent
from app.services.task_conditions import Narrowing, listed, narrowings_of, visible_to
from app.services.task_query import TaskQuery

SORTS: dict[str, InstrumentedAttribute[Any]] = {
    "name": Task.name,
    "type": Task.task_type,
    "creator": Task.creator_name,
    "parent": Task.parent_id,
    "updated": Task.updated_at,
    "state": Task.shown_state,
}
BY_UPDATE = (Task.task_type, Task.creator_name, Task.shown_state)


def list_tasks(query: TaskQuery, user: User, size: int, count_limit: int) -> Page[Task]:
    """Return the page of tasks that the person may see and asked for."""
    loading = (
        joinedload(Task.parent),
        selectinload(Task.waits_for),
        selectinload(Task.fields),
        selectinload(Task.tags),
    )
    narrowings = narrowings_of(query, user)
    rows = _select(query, user, narrowings).options(*loading)
    counted = select(Task.id).where(*visible_to(user), *(each.looked_up for each in narrowings))
    return read_page(rows, query.page, size, count_limit, counted)


def select_tasks(query: TaskQuery, user: User) -> Select[Task]:
    """Return the select of all tasks the person may see and asked for, sorted."""
    return _select(query, user, narrowings_of(query, user))


def _select(query: TaskQuery, user: User, narrowings: list[Narrowing]) -> Select[Task]:
    conditions = (*visible_to(user), *(each.in_order for each in narrowings))
    return select(Task).where(*conditions).order_by(*_order(query.sort))


def revision_of(page: Page[Task]) -> str:
    """Return a short text that changes whenever something shown on the page changes."""
    shown = [
        (
            task.id,
            task.version,
            task.shown_state,
            task.updated_at.isoformat(),
            task.jobs_done,
            task.jobs_failed,
            task.waits_for.shown_state if task.waits_for else None,
            as_parent(task.parent) if task.parent else None,
        )
        for task in page.rows
    ]
    return hashlib.sha256(repr((shown, page.number, page.total, page.is_more)).encode()).hexdigest()[:16]


def states_in_use() -> list[str]:
    """Return the states that tasks are in, for the filter."""
    return distinct_values(Task.shown_state)


def creators_in_use() -> list[str]:
    """Return the usernames of those who created tasks, for the filter."""
    return distinct_values(Task.creator_name)


def types_in_use() -> list[str]:
    """Return the types that tasks have, for the filter."""
    return distinct_values(Task.task_type)


def missing_of(query: TaskQuery, user: User) -> list[str]:
    """Return the names and ids asked for by which the person sees no task."""
    if not query.all_listed:
        return []
    seen = select(Task.id, Task.name).where(listed(query.all_listed), *visible_to(user))
    known = {word for row in db.session.execute(seen) for word in (str(row.id), row.name)}
    return [word for word in query.all_listed if word not in known]


def _order(sort: str) -> tuple[ColumnElement[Any], ...]:
    """Return the sort: where a column says the same, by the last update, as its index has it; then by id."""
    column = SORTS.get(sort.removeprefix("-"), Task.updated_at)
    columns = [column, *([Task.updated_at] if column in BY_UPDATE else []), Task.id]
    if sort.startswith("-"):
        # Tasks without a parent last, then first: SQLite and PostgreSQL differ in what they do by themselves.
        return tuple(each.desc().nulls_first() if each is Task.parent_id else each.desc() for each in columns)
    return tuple(each.asc().nulls_last() if each is Task.parent_id else each.asc() for each in columns)
