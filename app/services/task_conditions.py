"""The filters of the list of tasks as conditions of the database."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, false, or_, select, union_all
from sqlalchemy.orm.attributes import InstrumentedAttribute
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from app.domain.permission import Right, Role, may
from app.domain.task_filter import FIELD_PREFIX, MYSELF, is_listed_id, number_range, span_of
from app.domain.task_state import TaskState
from app.extensions import LARGEST_ID, db
from app.models import Task, TaskField, TaskFollower, TaskTag, User
from app.services.task_query import TaskQuery

# Up to so many tasks are looked up one by one.
FEW = 1000

Values = tuple[str, ...]


@dataclass(frozen=True)
class Narrowing:
    """One filter, said twice: looked_up finds what it lets through, in_order asks each task as it comes.

    Both mean the same. SQLite does as it is told: to count is to look up; for a page, few tasks are looked up
    one by one, but what many have (a year, a common state) is asked while the tasks are read in their order,
    so that a page needs no sort of them all.
    """

    looked_up: ColumnElement[bool]
    in_order: ColumnElement[bool]


Reader = Callable[[Values, TaskQuery, User], Narrowing]


def visible_to(user: User) -> list[ColumnElement[bool]]:
    """Return what keeps other people's drafts out of sight; nothing for who may see them."""
    if may(Role(user.role), Right.VIEW_DRAFT):
        return []
    return [or_(Task.state != TaskState.DRAFT.value, Task.creator_id == user.id)]


def narrowings_of(query: TaskQuery, user: User) -> list[Narrowing]:
    """Return a narrowing for each filter that is asked for; a task meets all of them."""
    found = [_narrowing(name, values, query, user) for name, values in query.values.items()]
    if query.names:
        found.append(_same(listed(query.names)))
    elif query.text:
        found.append(_with_text(query.text))
    if query.listed is not None:
        found.append(_same(listed(query.listed)))
    return found


def listed(words: Values) -> ColumnElement[bool]:
    """Tasks with one of these names or ids."""
    ids = [int(word) for word in words if is_listed_id(word) and 0 < int(word) <= LARGEST_ID]
    names = [word for word in words if not is_listed_id(word)]
    by_id, by_name = select(Task.id).where(Task.id.in_(ids)), select(Task.id).where(Task.name.in_(names))
    if not (ids or names):
        return false()
    return Task.id.in_(union_all(by_id, by_name) if ids and names else by_id if ids else by_name)


def _narrowing(name: str, values: Values, query: TaskQuery, user: User) -> Narrowing:
    if name.startswith(FIELD_PREFIX):
        return _with_field(name.removeprefix(FIELD_PREFIX), values)
    return READERS[name](values, query, user)


def _same(condition: ColumnElement[bool]) -> Narrowing:
    return Narrowing(condition, condition)


def _narrowed(ids: Select[int] | CompoundSelect[int], in_row: ColumnElement[bool]) -> Narrowing:
    """Narrow to the tasks that `ids` finds; in_row says the same of a row."""
    looked_up = Task.id.in_(ids)
    are_few = db.session.scalar(ids.limit(1).offset(FEW)) is None
    return Narrowing(looked_up, looked_up if are_few else in_row)


def _with_text(text: str) -> Narrowing:
    """Tasks in whose names each word of the text stands. The index of names is read for it, not the tasks."""
    words = [Task.name.icontains(word, autoescape=True) for word in text.split()]
    return _narrowed(select(Task.id).where(*words), and_(*words))


def _unindexed(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """Return a column whose index SQLite leaves alone; PostgreSQL chooses by itself."""
    if db.engine.dialect.name != "sqlite":
        return column.expression
    return UnaryExpression(column.expression, operator=custom_op("+"), type_=column.type)


def _is_any_of(column: InstrumentedAttribute[Any]) -> Reader:
    def read(values: Values, _query: TaskQuery, user: User) -> Narrowing:
        words = [user.username if word == MYSELF else word for word in values]
        if len(words) == 1:
            return _same(column == words[0])  # its index has the newest first
        return _narrowed(select(Task.id).where(column.in_(words)), _unindexed(column).in_(words))

    return read


def _is_within(column: InstrumentedAttribute[datetime]) -> Reader:
    def read(values: Values, query: TaskQuery, _user: User) -> Narrowing:
        if query.now is None:
            raise ValueError("a span of time is reckoned from a moment")
        spans = [span_of(value, query.now, query.zone) for value in values]
        if len(spans) == 1 and query.is_sorted_by(column.key):
            return _same(_between(column, spans))  # one stretch of the index that has the order
        ids = select(Task.id).where(_between(column, spans))
        return _narrowed(ids, _between(_unindexed(column), spans))

    return read


def _between(
    column: ColumnElement[Any] | InstrumentedAttribute[Any],
    spans: Iterable[tuple[datetime | None, datetime | None]],
) -> ColumnElement[bool]:
    return or_(
        *(
            and_(*([column >= begin] if begin else []), *([column < end] if end else []))
            for begin, end in spans
        )
    )


def _in_chain(values: Values, _query: TaskQuery, _user: User) -> Narrowing:
    """Tasks of a chain: those that name its first task, and that task."""
    ids = [int(value) for value in values if int(value) <= LARGEST_ID]
    first, others = select(Task.id).where(Task.id.in_(ids)), select(Task.id).where(Task.chain_id.in_(ids))
    return _same(Task.id.in_(union_all(first, others)) if ids else false())


def _has_panda_id(values: Values, _query: TaskQuery, _user: User) -> Narrowing:
    return _same(Task.panda_id.in_([int(value) for value in values]))


def _has_tag(values: Values, _query: TaskQuery, _user: User) -> Narrowing:
    found = select(TaskTag.task_id).where(TaskTag.tag.in_(values))
    return _narrowed(found, found.where(TaskTag.task_id == Task.id).correlate(Task).exists())


def _is_followed(values: Values, _query: TaskQuery, user: User) -> Narrowing:
    """Tasks that the reader follows; whom others follow is not told."""
    mine = TaskFollower.user_id == user.id if MYSELF in values else false()
    found = select(TaskFollower.task_id).where(mine)
    return _narrowed(found, found.where(TaskFollower.task_id == Task.id).correlate(Task).exists())


READERS: dict[str, Reader] = {
    "state": _is_any_of(Task.shown_state),
    "creator": _is_any_of(Task.creator_name),
    "type": _is_any_of(Task.task_type),
    "tag": _has_tag,
    "campaign": _is_any_of(Task.campaign),
    "request": _is_any_of(Task.request),
    "followed": _is_followed,
    "updated": _is_within(Task.updated_at),
    "created": _is_within(Task.created_at),
    "chain": _in_chain,
    "panda": _has_panda_id,
}


def _with_field(name: str, values: Values) -> Narrowing:
    """Tasks with one of these values, or a number within one of these ranges, in a field of their names."""
    found = select(TaskField.task_id).where(TaskField.field == name)
    ranges = [bounds for value in values if (bounds := number_range(value))]
    words = [value for value in values if number_range(value) is None]
    same = [TaskField.value.in_(words)] if words else []
    parts = [found.where(*same)] if same else []
    parts += [found.where(_within(TaskField.number, bounds)) for bounds in ranges]
    either = or_(*same, *(_within(TaskField.number, bounds) for bounds in ranges))
    in_row = found.where(TaskField.task_id == Task.id, either).correlate(Task).exists()
    return _narrowed(parts[0] if len(parts) == 1 else union_all(*parts), in_row)


def _within(
    number: InstrumentedAttribute[float | None], bounds: tuple[float | None, float | None]
) -> ColumnElement[bool]:
    low, high = bounds
    least = [number >= low] if low is not None else []
    return and_(*least, *([number <= high] if high is not None else []))
