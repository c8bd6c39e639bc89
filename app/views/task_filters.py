"""Filters of the list of tasks: read from the address, and written into one."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, url_for
from werkzeug.datastructures import MultiDict

from app.domain.plain_text import without_control_characters
from app.domain.task_filter import (
    FIELD_PREFIX,
    FILTERS,
    MOST_VALUES,
    Kind,
    TaskFilter,
    field_filter,
    read_value,
    split_values,
)
from app.language import choose_time_zone
from app.models import SavedView
from app.services.pasted_lists import find_list
from app.services.rules import conventions_from
from app.services.task_list import SORTS
from app.services.task_query import DEFAULT_SORT, TaskQuery
from app.views.urls import page_number, query_of, url_with

Args = MultiDict[str, str]

EVERYTHING = {"all": "1"}
# The longest name.
LONGEST_WORD = LONGEST = 256
# Of the text: it may hold a short list of names. The whole address must stay one that can be come back to.
LONGEST_TEXT = 1000


def known_filters() -> dict[str, TaskFilter]:
    """Return every filter by its name in the address; of a field the newest convention that has it."""
    conventions = conventions_from(current_app.config)
    fields = {field.name: field for convention in conventions for field in convention.fields}
    return {each.name: each for each in (*FILTERS, *map(field_filter, fields.values()))}


def read_query(args: Args) -> TaskQuery:
    """Read what is asked of the list; what makes no sense is left out, and noted in the query."""
    values, left_out = _read_values(args)
    sort, key = args.get("sort", DEFAULT_SORT), _clean(args.get("list"))
    return TaskQuery(
        text=_clean(args.get("q"), LONGEST_TEXT),
        values=values,
        listed=(find_list(key) or ()) if key else None,
        list_key=key,
        sort=sort if sort.removeprefix("-") in SORTS else DEFAULT_SORT,
        page=page_number(args.get("page")),
        now=datetime.now(UTC),
        zone=ZoneInfo(choose_time_zone()),
        left_out=tuple(left_out),
    )


def _read_values(args: Args) -> tuple[dict[str, tuple[str, ...]], list[tuple[str, str]]]:
    known, values, left_out = known_filters(), {}, []
    for name, wanted in known.items():
        given = list(dict.fromkeys(text for each in args.getlist(name) if (text := _clean(each))))
        read = {text: read_value(wanted, text) for text in given[:MOST_VALUES]}
        left_out += [(name, text) for text in given if read.get(text) is None]
        if good := tuple(dict.fromkeys(value for value in read.values() if value is not None)):
            values[name] = good
    # A field that the convention has no more would else show tasks that were meant to be left out.
    gone = [name for name in args if name.startswith(FIELD_PREFIX) and name not in known]
    return values, left_out + [(name, text) for name in gone if (text := _clean(args.get(name)))]


def with_added(query: TaskQuery, args: Args) -> TaskQuery | None:
    """Return the query with what "Add filter" adds; None when it adds nothing.

    field, value: a filter, with its values in one box; moment, since, until: days to choose from a calendar.
    """
    added = [(_clean(args.get("field")), _clean(args.get("value"), LONGEST_TEXT))]
    since, until = _clean(args.get("since")), _clean(args.get("until"))
    added.append((_clean(args.get("moment")), f"{since}..{until}" if since or until else ""))
    added = [(name, text) for name, text in added if name and text]
    for name, text in added:
        query = _with_typed(query, name, text)
    return query if added else None


def _with_typed(query: TaskQuery, name: str, text: str) -> TaskQuery:
    known = known_filters()
    wanted = known.get(name) or known.get(FIELD_PREFIX + name)
    if wanted is None:
        return query
    typed = split_values(wanted, text)
    read = [read_value(wanted, value) for value in typed]
    good = (value for value in read if value is not None)
    # What cannot be read stays in the address: the list says that it is left out.
    bad = (value for value, meant in zip(typed, read, strict=True) if meant is None)
    return query.with_values(wanted.name, (*query.of(wanted.name), *good, *bad))


def one_line(text: str) -> str:
    """Return a pasted text in one line, without what hides in it."""
    return without_control_characters(" ".join(text.split()))


def _clean(text: str | None, longest: int = LONGEST) -> str:
    return without_control_characters(text or "").strip()[:longest]


def url_parts(query: TaskQuery) -> dict[str, Any]:
    """Return the query as the parts of its address."""
    of_fields = {name: values for name, values in query.values.items() if name.startswith(FIELD_PREFIX)}
    return {
        "q": query.text,
        "list": query.list_key,
        **{name: values for name, values in query.values.items() if name not in of_fields},
        "sort": query.sort if query.sort != DEFAULT_SORT else None,
        "page": query.page if query.page > 1 else None,
        **of_fields,
    }


def tasks_url(**parts: Any) -> str:
    """Return the address of a list of tasks. One of everything says so: without a word it is the default."""
    return url_with("tasks.index", parts if query_of(parts) else EVERYTHING)


def view_url(view: SavedView) -> str:
    """Return the address of a saved view. It is read like any other: the list says what it cannot read."""
    return f"{url_for('tasks.index')}?{view.query}" if view.query else tasks_url()


def is_by_value(wanted: TaskFilter) -> bool:
    """Say whether the values of a filter are typed; those of the others are chosen from those in use."""
    return wanted.kind is not Kind.WORD or wanted.name == "request"
