"""People as the admins see them: the list, one account, and what happened at the door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import InstrumentedAttribute

from app.extensions import db, find_row
from app.models import AccountEvent, User, UserIdentity, UserSession
from app.services.paging import Page, read_page
from app.services.problems import NotFound
from app.services.sessions import Limits

SORTS: dict[str, InstrumentedAttribute[Any]] = {
    "username": User.username,
    "name": User.last_name,
    "email": User.email,
    "role": User.role,
    "since": User.created_at,
}
DEFAULT_SORT = "username"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class PersonState(StrEnum):
    """Whether somebody can sign in."""

    ACTIVE = "active"
    UNCONFIRMED = "unconfirmed"
    DISABLED = "disabled"


class RoleSource(StrEnum):
    """Where a role comes from."""

    GIVEN = "given"
    GROUPS = "groups"
    NEW = "new"


@dataclass(frozen=True)
class PeopleQuery:
    """What an admin asks of the list; every part of it stands in the URL."""

    text: str = ""
    role: str = ""
    state: str = ""
    sort: str = DEFAULT_SORT
    page: int = 1

    def direction_of(self, column: str) -> str | None:
        """Return "ascending", "descending", or None when the list is not sorted by this column."""
        if self.sort.removeprefix("-") != column:
            return None
        return "descending" if self.sort.startswith("-") else "ascending"


@dataclass(frozen=True)
class EventQuery:
    """What an admin asks of the events. before: a place in the list (place_of); what is older follows."""

    kind: str = ""
    person: str = ""
    before: str = ""


def state_of(person: User) -> PersonState:
    """Say whether somebody can sign in."""
    if person.is_disabled:
        return PersonState.DISABLED
    return PersonState.ACTIVE if person.email_confirmed_at else PersonState.UNCONFIRMED


def source_of(person: User) -> RoleSource:
    """Say where the role of a person comes from."""
    if person.given_role:
        return RoleSource.GIVEN
    return RoleSource.GROUPS if person.group_role else RoleSource.NEW


def list_people(query: PeopleQuery, size: int, count_limit: int) -> Page[User]:
    """Return the page of people asked for."""
    statement = select(User).where(*_conditions(query)).order_by(*_order(query.sort))
    return read_page(statement, query.page, size, count_limit)


def last_seen(people: Sequence[User]) -> dict[int, datetime]:
    """Return when each of these people last clicked, by id; who never signed in is not in it."""
    seen = select(UserSession.user_id, func.max(UserSession.active_at)).group_by(UserSession.user_id)
    rows = db.session.execute(seen.where(UserSession.user_id.in_([person.id for person in people])))
    return dict(rows.all())


def get_person(person_id: int) -> User:
    """Return a person. Raise NotFound."""
    person = find_row(User, person_id)
    if person is None:
        raise NotFound
    return person


def identities_of(person: User) -> list[UserIdentity]:
    """Return who the person is at identity providers, the oldest first."""
    statement = select(UserIdentity).where(UserIdentity.user_id == person.id).order_by(UserIdentity.id)
    return list(db.session.scalars(statement))


def count_sessions(person: User, now: datetime, limits: Limits) -> int:
    """Count the browsers in which the person is signed in now."""
    live = [
        and_(UserSession.method == method, UserSession.created_at >= now - longest)
        for method, longest in limits.absolute.items()
    ]
    statement = select(func.count()).where(
        UserSession.user_id == person.id,
        UserSession.ended_at.is_(None),
        UserSession.awaits_code.is_(False),
        UserSession.active_at >= now - limits.idle,
        or_(*live),
    )
    return db.session.scalar(statement) or 0


def events_of(person: User, limit: int, kind: str = "") -> list[AccountEvent]:
    """Return the latest events of a person, newest first."""
    return list_events(EventQuery(kind, person.username), limit)[0]


def list_events(query: EventQuery, size: int) -> tuple[list[AccountEvent], str | None]:
    """Return a page of events, newest first, and the place where the next page begins or None."""
    statement = (
        select(AccountEvent)
        .where(*_event_conditions(query))
        .order_by(AccountEvent.at.desc(), AccountEvent.id.desc())
        .options(joinedload(AccountEvent.user), joinedload(AccountEvent.actor))
        .limit(size + 1)
    )
    found = list(db.session.scalars(statement))
    return found[:size], place_of(found[size - 1]) if len(found) > size else None


def place_of(event: AccountEvent) -> str:
    """Return where an event stands in the list, for a URL: microseconds since 1970, then the id."""
    return f"{(event.at - _EPOCH) // timedelta(microseconds=1)}-{event.id}"


def _conditions(query: PeopleQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.text:
        columns = (User.username, User.first_name, User.last_name, User.email)
        # Each word may stand in another column: first and last name in any order.
        conditions += [
            or_(*(column.icontains(word, autoescape=True) for column in columns))
            for word in query.text.split()
        ]
    if query.role:
        conditions.append(User.role == query.role)
    if query.state == PersonState.DISABLED:
        conditions.append(User.is_disabled.is_(True))
    elif query.state:
        conditions.append(User.is_disabled.is_(False))
        is_active = query.state == PersonState.ACTIVE
        confirmed = User.email_confirmed_at
        conditions.append(confirmed.is_not(None) if is_active else confirmed.is_(None))
    return conditions


def _order(sort: str) -> tuple[ColumnElement[Any], ...]:
    columns = (SORTS.get(sort.removeprefix("-"), User.username), User.id)
    return tuple(column.desc() if sort.startswith("-") else column.asc() for column in columns)


def _event_conditions(query: EventQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.kind:
        conditions.append(AccountEvent.kind == query.kind)
    if query.person:
        typed = query.person.lower()
        is_meant = (User.username == query.person) | (User.username == typed) | (User.email == typed)
        conditions.append(AccountEvent.user_id.in_(select(User.id).where(is_meant)))
    if place := _read_place(query.before):
        conditions.append(tuple_(AccountEvent.at, AccountEvent.id) < tuple_(*place))
    return conditions


def _read_place(text: str) -> tuple[datetime, int] | None:
    """Return moment and id of a place; None for what is no place."""
    microseconds, _, number = text.partition("-")
    digits = (microseconds, number)
    if not all(part.isascii() and part.isdigit() and len(part) < 17 for part in digits):
        return None
    if int(number) >= 2**31:
        return None
    return _EPOCH + timedelta(microseconds=int(microseconds)), int(number)
