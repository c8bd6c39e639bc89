"""The list of calls to PanDA, newest first."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from app.extensions import db, find_row
from app.models import PandaCall, Task, User
from app.services.paging import Page, distinct_values, read_page
from app.services.problems import NotFound

# A search for text looks at so many of the latest calls.
SEARCHED_CALLS = 10_000


@dataclass(frozen=True)
class CallQuery:
    """What a person asks of the list; every part of it stands in the URL."""

    method: str = ""
    outcome: str = ""
    task: str = ""
    user: str = ""
    text: str = ""
    page: int = 1


def list_calls(query: CallQuery, size: int, count_limit: int) -> Page[PandaCall]:
    """Return the page of calls asked for."""
    statement = (
        select(PandaCall)
        .where(*_conditions(query))
        .order_by(PandaCall.started_at.desc(), PandaCall.id.desc())
        .options(joinedload(PandaCall.task), joinedload(PandaCall.user))
    )
    return read_page(statement, query.page, size, count_limit)


def calls_of_task(task_id: int, limit: int) -> list[PandaCall]:
    """Return the latest calls about a task, newest first."""
    statement = (
        select(PandaCall)
        .where(PandaCall.task_id == task_id)
        .order_by(PandaCall.started_at.desc(), PandaCall.id.desc())
        .options(joinedload(PandaCall.user))
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def get_call(call_id: int) -> PandaCall:
    """Return a call. Raise NotFound."""
    call = find_row(PandaCall, call_id)
    if call is None:
        raise NotFound
    return call


def methods_in_use() -> list[str]:
    """Return the methods that were called, for the filter."""
    return distinct_values(PandaCall.method)


def outcomes_in_use() -> list[str]:
    """Return how calls ended, for the filter."""
    return distinct_values(PandaCall.outcome)


def _conditions(query: CallQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.method:
        conditions.append(PandaCall.method == query.method)
    if query.outcome:
        conditions.append(PandaCall.outcome == query.outcome)
    if query.task:
        wanted = Task.id == int(query.task) if _is_id(query.task) else Task.name == query.task
        conditions.append(PandaCall.task_id.in_(select(Task.id).where(wanted)))
    if query.user:
        conditions.append(PandaCall.user_id.in_(select(User.id).where(User.username == query.user)))
    if query.text:
        # No index serves a search for text: only the latest calls are read, however many there are.
        conditions.append(PandaCall.id > select(func.max(PandaCall.id)).scalar_subquery() - SEARCHED_CALLS)
        found = PandaCall.parameters.icontains(query.text, autoescape=True)
        conditions.append(found | PandaCall.answer.icontains(query.text, autoescape=True))
    return conditions


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
