"""The list of tasks: filters, sorts and pages, all done by the database."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import InstrumentedAttribute

from app.domain.permission import Right, Role, may
from app.domain.task_state import TaskState
from app.extensions import db
from app.models import Task, TaskField, User
from app.services.paging import Page, distinct_values, read_page

SORTS: dict[str, InstrumentedAttribute[Any]] = {
    "name": Task.name,
    "type": Task.task_type,
    "creator": Task.creator_name,
    "parent": Task.parent_id,
    "updated": Task.updated_at,
    "state": Task.shown_state,
}
BY_UPDATE = (Task.task_type, Task.creator_name, Task.shown_state)
DEFAULT_SORT = "-updated"
# Up to so many tasks are looked up one by one.
FEW = 1000


@dataclass(frozen=True)
class TaskQuery:
    """What a person asks of the list; every part of it stands in the URL."""

    text: str = ""
    state: str = ""
    creator: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    sort: str = DEFAULT_SORT
    page: int = 1

    def direction_of(self, column: str) -> str | None:
        """Return "ascending", "descending", or None when the list is not sorted by this column."""
        if self.sort.removeprefix("-") != column:
            return None
        return "descending" if self.sort.startswith("-") else "ascending"


def list_tasks(query: TaskQuery, user: User, size: int, count_limit: int) -> Page[Task]:
    """Return the page of tasks that the person may see and asked for."""
    loading = (joinedload(Task.parent), selectinload(Task.fields))
    return read_page(select_tasks(query, user).options(*loading), query.page, size, count_limit)


def select_tasks(query: TaskQuery, user: User) -> Select[Task]:
    """Return the select of all tasks the person may see and asked for, sorted."""
    return select(Task).where(*_conditions(query, user)).order_by(*_order(query.sort))


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


def _conditions(query: TaskQuery, user: User) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if not may(Role(user.role), Right.VIEW_DRAFT):
        conditions.append(or_(Task.state != TaskState.DRAFT.value, Task.creator_id == user.id))
    if query.text:
        conditions.append(Task.name.icontains(query.text, autoescape=True))
    if query.state:
        conditions.append(Task.shown_state == query.state)
    if query.creator:
        conditions.append(Task.creator_name == query.creator)
    conditions += [_with_field(name, value) for name, value in query.fields.items()]
    return conditions


def _with_field(name: str, value: str) -> ColumnElement[bool]:
    """Tasks with this value in a field of their names.

    SQLite does as it is told: few tasks are looked up one by one, but a value that many have (the year) is
    compared while the tasks are read in their order, so that a page needs no sort of them all.
    """
    found = select(TaskField.task_id).where(TaskField.field == name, TaskField.value == value)
    if db.session.scalar(found.limit(1).offset(FEW)) is None:
        return Task.id.in_(found)
    return found.where(TaskField.task_id == Task.id).correlate(Task).exists()


def _order(sort: str) -> tuple[ColumnElement[Any], ...]:
    """Return the sort: where a column says the same, by the last update, as its index has it; then by id."""
    column = SORTS.get(sort.removeprefix("-"), Task.updated_at)
    columns = [column, *([Task.updated_at] if column in BY_UPDATE else []), Task.id]
    if sort.startswith("-"):
        # Tasks without a parent last, then first: SQLite and PostgreSQL differ in what they do by themselves.
        return tuple(each.desc().nulls_first() if each is Task.parent_id else each.desc() for each in columns)
    return tuple(each.asc().nulls_last() if each is Task.parent_id else each.asc() for each in columns)
