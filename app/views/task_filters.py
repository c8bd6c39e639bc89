"""Filters of the list of tasks: read from the URL, shown as chips and choices."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from app.domain.name_field import NameField
from app.domain.naming_form import normalise_value
from app.domain.plain_text import without_control_characters
from app.domain.task_state import is_changing
from app.messages import state_word
from app.models import Task
from app.page_context import field_label
from app.services.paging import Page
from app.services.rules import conventions_from
from app.services.task_list import DEFAULT_SORT, SORTS, TaskQuery, creators_in_use, revision_of, states_in_use
from app.state_words import STATES
from app.views.names import NamedTask, named
from app.views.urls import list_url_for, page_number

LONGEST = 256


def read_query(args: Mapping[str, str]) -> TaskQuery:
    """Read what is asked of the list; what makes no sense is left out."""
    fields = {name: _clean(args.get(f"f_{name}")) for name in _fields()}
    sort = args.get("sort", DEFAULT_SORT)
    return TaskQuery(
        text=_clean(args.get("q")),
        state=_clean(args.get("state")),
        creator=_clean(args.get("creator")),
        fields={name: _as_stored(name, value) for name, value in fields.items() if value},
        sort=sort if sort.removeprefix("-") in SORTS else DEFAULT_SORT,
        page=page_number(args.get("page")),
    )


def with_field(query: TaskQuery, name: str, value: str) -> TaskQuery:
    """Return the query with "Select a field" and its value as a filter of its own; "" takes it away."""
    given = {name: _as_stored(name, _clean(value))} if name in _fields() else {}
    fields = {**query.fields, **given}
    return replace(query, fields={name: value for name, value in fields.items() if value}, page=1)


def _clean(text: str | None) -> str:
    return without_control_characters(text or "").strip()[:LONGEST]


def _as_stored(name: str, value: str) -> str:
    """Return a value as it stands in the database: 13.5 for 13p5, 59 for 059."""
    return normalise_value(_fields()[name], value)


def _fields() -> dict[str, NameField]:
    """Return the fields of all conventions by name; the newest that has a field says how it is spelled."""
    conventions = conventions_from(current_app.config)
    return {field.name: field for convention in conventions for field in convention.fields}


def url_parts(query: TaskQuery) -> dict[str, Any]:
    """Return the query as the parts of its URL."""
    return {
        "q": query.text,
        "state": query.state,
        "creator": query.creator,
        "sort": query.sort if query.sort != DEFAULT_SORT else None,
        "page": query.page if query.page > 1 else None,
        **{f"f_{name}": value for name, value in query.fields.items()},
    }


@dataclass(frozen=True)
class ShownPage:
    """A page of tasks as the template wants it."""

    rows: list["TaskRow"]
    number: int
    pages: int | None
    total: int
    is_more: bool
    has_next: bool
    revision: str
    is_changing: bool


@dataclass(frozen=True)
class TaskRow:
    """A row of the list."""

    task: NamedTask

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self.task, attribute)

    @property
    def creator(self) -> str:
        return self.task.task.creator_name

    @property
    def parent_name(self) -> str | None:
        parent = self.task.task.parent
        return parent.name if parent else None


def table_context(query: TaskQuery, page: Page[Task]) -> dict[str, Any]:
    """Return what the table needs; the page around it needs filter_choices too."""
    query = replace(query, page=page.number)
    list_url = list_url_for("tasks.index", url_parts(query))
    return {
        "page": _shown(page),
        "query": query,
        "list_url": list_url,
        "chips": _chips(query, list_url),
    }


def filter_choices() -> dict[str, list[Any]]:
    """Return what can be chosen in the filters."""
    return {
        "states": [(state, state_word(state)) for state in sorted(states_in_use(), key=_place_in_life)],
        "creators": creators_in_use(),
        "filter_fields": [(name, field_label(name)) for name in _fields()],
    }


def _place_in_life(state: str) -> tuple[int, str]:
    """Sort states in the order a task goes through them; words that PanDA invented later come last."""
    known = list(STATES)
    return (known.index(state) if state in STATES else len(known), state)


def _shown(page: Page[Task]) -> ShownPage:
    above: list[Task | None] = [None, *page.rows]
    rows = [TaskRow(named(task, before)) for task, before in zip(page.rows, above, strict=False)]
    return ShownPage(
        rows, page.number, page.pages, page.total, page.is_more, page.has_next, revision_of(page),
        any(is_changing(task.shown_state) for task in page.rows),
    )  # fmt: skip


def _chips(query: TaskQuery, list_url: Any) -> list[tuple[str, str, str]]:
    """Return (label, value, URL without it) of each active filter."""
    found = [
        (_("Name contains"), query.text, "q"),
        (_("State"), state_word(query.state), "state"),
        (_("Creator"), query.creator, "creator"),
        *((field_label(name), value, f"f_{name}") for name, value in query.fields.items()),
    ]
    return [(label, value, list_url(**{part: None, "page": None})) for label, value, part in found if value]
