"""The list of people: its filters, read from the URL, and its rows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from app.domain.permission import Role
from app.domain.plain_text import without_control_characters
from app.messages import role_word
from app.models import User
from app.people_words import STATE_ICONS, email_words, person_state_word, source_word
from app.services.paging import Page
from app.services.people import DEFAULT_SORT, SORTS, PeopleQuery, PersonState, last_seen, state_of
from app.views.urls import ListUrl, list_url_for, page_number

LONGEST = 256


@dataclass(frozen=True)
class PersonRow:
    """A row of the list."""

    person: User
    state: PersonState
    state_word: str
    state_icon: str
    source: str
    email: str
    seen_at: datetime | None


def read_query(args: Mapping[str, str]) -> PeopleQuery:
    """Read what is asked of the list; what makes no sense is left out."""
    role, state, sort = args.get("role", ""), args.get("state", ""), args.get("sort", DEFAULT_SORT)
    return PeopleQuery(
        text=without_control_characters(args.get("q", "")).strip()[:LONGEST],
        role=role if role in list(Role) else "",
        state=state if state in list(PersonState) else "",
        sort=sort if sort.removeprefix("-") in SORTS else DEFAULT_SORT,
        page=page_number(args.get("page")),
    )


def list_context(query: PeopleQuery, page: Page[User]) -> dict[str, Any]:
    """Return what the list and the page around it need."""
    parts = {
        "q": query.text,
        "role": query.role,
        "state": query.state,
        "sort": query.sort if query.sort != DEFAULT_SORT else None,
        "page": page.number if page.number > 1 else None,
    }
    list_url = list_url_for("people.index", parts)
    return {
        "page": page,
        "rows": rows_of(page),
        "query": replace(query, page=page.number),
        "list_url": list_url,
        "chips": _chips(query, list_url),
        "roles": [(role.value, role_word(role)) for role in Role],
        "states": [(state.value, person_state_word(state)) for state in PersonState],
    }


def rows_of(page: Page[User]) -> list[PersonRow]:
    """Return the people of a page with the words of their rows."""
    seen = last_seen(page.rows)
    return [_row(person, seen.get(person.id)) for person in page.rows]


def _row(person: User, seen_at: datetime | None) -> PersonRow:
    state = state_of(person)
    return PersonRow(
        person,
        state,
        person_state_word(state),
        STATE_ICONS[state],
        source_word(person),
        email_words(person),
        seen_at,
    )


def _chips(query: PeopleQuery, list_url: ListUrl) -> list[tuple[str, str, str]]:
    """Return (label, value, URL without it) of each active filter."""
    found = [
        (_("Text"), query.text, "q"),
        (_("Role"), role_word(query.role) if query.role else "", "role"),
        (_("State"), person_state_word(query.state) if query.state else "", "state"),
    ]
    return [(label, value, list_url(**{part: None, "page": None})) for label, value, part in found if value]
