"""Roles and states of accounts, changed by admins. An active admin always remains."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.domain.permission import Right, Role, role_of
from app.domain.sign_in import Event, Visitor
from app.extensions import LARGEST_ID, write_unit
from app.models import User
from app.services.account_events import note_event
from app.services.links import kill_all_links
from app.services.mails import MailKind, language_for, queue_mail
from app.services.problems import NotAllowed, NotFound, Refusal
from app.services.second_factor import remove_second_factor
from app.services.sessions import end_sessions_of

# Stands for the shell where an event has no admin who did it.
BY_COMMAND = "by flask set-role"


class NotForOneself(Refusal):
    """Nobody lowers, disables or locks out themselves."""


class LastAdmin(Refusal):
    """Without this account nobody could look after the people any more."""


class PersonChanged(Refusal):
    """Somebody else changed the account since the page was made."""


def change_role(
    person_id: int,
    given: Role | None,
    seen: Role | None,
    new_account: Role,
    admin: User,
    visitor: Visitor,
    now: datetime,
) -> Role:
    """Give a role, or with None leave it to the groups; return the role that counts from now on. Commits.

    seen: what was given when the page was made. new_account: the role of who has no other.
    Raise NotFound, NotAllowed, NotForOneself, LastAdmin or PersonChanged.
    Queues a mail where the role changes; writes nothing down where nothing changes.
    """
    with write_unit() as session:
        person, locked = _lock(session, User.id == person_id)
        _check_admin(admin, locked)
        role = role_of(given, _role(person.group_role), new_account)
        if role is not Role.ADMIN:
            _refuse_to_lose(person, locked, admin)
        _write_role(session, person, given, seen, role)
        if given != seen or person.role != role.value:
            _tell_role(session, person, role, visitor, now, admin)
    return role


def give_role(username: str, role: Role, now: datetime) -> bool:
    """Give a person a role from the shell; False when there is no such person. Commits.

    Raise LastAdmin. Queues a mail where the role changes.
    """
    with write_unit() as session:
        try:
            person, locked = _lock(session, User.username == username)
        except NotFound:
            return False
        if role is not Role.ADMIN:
            _refuse_to_lose(person, locked, None)
        _write_role(session, person, role, _role(person.given_role), role)
        _tell_role(session, person, role, Visitor(), now, None)
    return True


def disable(person_id: int, reason: str, admin: User, visitor: Visitor, now: datetime) -> int:
    """Disable an account and end its sessions in the same transaction; return how many ended. Commits.

    Raise NotFound, NotAllowed, NotForOneself, LastAdmin, or PersonChanged when it is disabled already.
    """
    with write_unit() as session:
        person, locked = _lock(session, User.id == person_id)
        _check_admin(admin, locked)
        _refuse_to_lose(person, locked, admin)
        _switch(session, person, to=True)
        kill_all_links(session, person, now)
        ended = end_sessions_of(session, person.id, now)
        note_event(session, Event.DISABLED, person, visitor, now, actor=admin, words=reason)
    return ended


def enable(person_id: int, admin: User, visitor: Visitor, now: datetime) -> None:
    """Let a person sign in again. Commits.

    Raise NotFound, NotAllowed, or PersonChanged when they can already.
    """
    with write_unit() as session:
        person, locked = _lock(session, User.id == person_id)
        _check_admin(admin, locked)
        _switch(session, person, to=False)
        note_event(session, Event.ENABLED, person, visitor, now, actor=admin)


def end_sessions(person_id: int, admin: User, visitor: Visitor, now: datetime) -> int:
    """Sign a person out everywhere; return how many sessions ended. Commits.

    Raise NotFound, NotAllowed, or NotForOneself: one's own are ended in the profile.
    """
    with write_unit() as session:
        person, locked = _lock(session, User.id == person_id)
        _check_admin(admin, locked)
        if person.id == admin.id:
            raise NotForOneself
        ended = end_sessions_of(session, person.id, now)
        if ended:
            words = f"{ended} ended"
            note_event(session, Event.SESSIONS_ENDED, person, visitor, now, actor=admin, words=words)
    return ended


def take_second_factor(person_id: int, reason: str, admin: User, visitor: Visitor, now: datetime) -> bool:
    """Take away the second factor of somebody who lost it; False when there is none. Commits.

    reason: shown to admins beside the event.

    Raise NotFound, NotAllowed, or NotForOneself: one's own is switched off in the profile.
    """
    with write_unit() as session:
        person, locked = _lock(session, User.id == person_id)
        _check_admin(admin, locked)
        if person.id == admin.id:
            raise NotForOneself
        return remove_second_factor(session, person, admin, visitor, now, reason)


def is_last_admin(session: Session, person: User) -> bool:
    """Say whether a person is the only active admin; so it stays until the caller's transaction ends."""
    person, locked = _lock(session, User.id == person.id)
    return _is_active_admin(person) and not _others(person, locked)


def _lock(session: Session, wanted: object) -> tuple[User, Sequence[User]]:
    """Return the person, and all admins beside them; none of these rows changes until the commit.

    All take the rows in one order: two admins who act on each other wait, and neither waits for ever.
    """
    known = session.scalar(select(User.id).where(wanted))  # type: ignore[arg-type]
    if known is None or not 0 < known <= LARGEST_ID:
        raise NotFound
    rows = session.scalars(
        select(User)
        .where(or_(User.id == known, User.role == Role.ADMIN.value))
        .order_by(User.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    person = next((row for row in rows if row.id == known), None)
    if person is None:  # deleted a moment ago
        raise NotFound
    return person, rows


def _check_admin(admin: User, locked: Sequence[User]) -> None:
    """Refuse an admin who was lowered or disabled while the request was on its way."""
    if admin.id not in {row.id for row in locked if _is_active_admin(row)}:
        raise NotAllowed(Right.MANAGE_PEOPLE)


def _refuse_to_lose(person: User, locked: Sequence[User], admin: User | None) -> None:
    if admin is not None and person.id == admin.id:
        raise NotForOneself
    if _is_active_admin(person) and not _others(person, locked):
        raise LastAdmin


def _others(person: User, locked: Sequence[User]) -> list[User]:
    return [row for row in locked if _is_active_admin(row) and row is not person]


def _is_active_admin(person: User) -> bool:
    is_active = not person.is_disabled and person.email_confirmed_at is not None
    return person.role == Role.ADMIN.value and is_active


def _role(stored: str | None) -> Role | None:
    return Role(stored) if stored else None


def _write_role(session: Session, person: User, given: Role | None, seen: Role | None, role: Role) -> None:
    as_seen = User.given_role.is_(None) if seen is None else User.given_role == seen.value
    values = {"given_role": given.value if given else None, "role": role.value}
    changed = session.execute(
        update(User)
        .where(User.id == person.id, as_seen)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if getattr(changed, "rowcount", 0) != 1:
        raise PersonChanged


def _tell_role(
    session: Session, person: User, role: Role, visitor: Visitor, now: datetime, admin: User | None
) -> None:
    """Write the change down; a mail goes out where what the person may do has changed."""
    words = f"{person.role} → {role.value}" + ("" if admin else f" {BY_COMMAND}")
    note_event(session, Event.ROLE_CHANGED, person, visitor, now, actor=admin, words=words)
    if person.email and person.role != role.value:
        language = language_for(person)
        queue_mail(session, MailKind.ROLE_CHANGED, person.email, language, now, user=person, role=role.value)


def _switch(session: Session, person: User, *, to: bool) -> None:
    changed = session.execute(
        update(User)
        .where(User.id == person.id, User.is_disabled.is_not(to))
        .values(is_disabled=to)
        .execution_options(synchronize_session=False)
    )
    if getattr(changed, "rowcount", 0) != 1:
        raise PersonChanged
