"""Who comes by the identity provider: found or made by issuer and subject, never by the e-mail address."""

import json
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.identity import Identity, person_names, possible_usernames, usable_email
from app.domain.permission import Role, role_from_groups, role_of
from app.domain.sign_in import Event, Visitor
from app.extensions import db, write_unit
from app.models import User, UserIdentity
from app.services import roles
from app.services.account_events import note_event, record_event

# Two browsers of a new person may arrive at once, and so may two people of one name.
_TRIES = 3
_MOST_NUMBERS = 1000


@dataclass(frozen=True)
class RoleRules:
    """What the settings say: group → role, and the role of a new account."""

    group_roles: dict[str, str]
    new_account: Role


class IsDisabled(Exception):
    """The person is known, but an admin has shut the account."""


def enter_by_identity(identity: Identity, rules: RoleRules, visitor: Visitor, now: datetime) -> User:
    """Return the person of an identity, made if nobody has it; role, name and address are brought up to date.

    Raise IsDisabled, with the event written down. Commits.
    """
    for attempt in range(_TRIES):
        try:
            with write_unit() as session:
                user = _found_or_made(session, identity, rules, visitor, now)
            break
        except IntegrityError:  # somebody took the identity or the username at the same moment
            if attempt == _TRIES - 1:
                raise
    if user.is_disabled:
        record_event(Event.REFUSED, user, visitor, now, words="disabled")
        raise IsDisabled
    return user


def find_identities(user: User) -> list[UserIdentity]:
    """Return the identities of a person, the oldest first."""
    wanted = select(UserIdentity).where(UserIdentity.user_id == user.id).order_by(UserIdentity.id)
    return list(db.session.scalars(wanted))


def groups_of(identity: UserIdentity) -> list[str]:
    """Return the groups that the provider told at the last sign-in."""
    groups: list[str] = json.loads(identity.groups)
    return groups


def find_identity(session: Session, identity: Identity) -> UserIdentity | None:
    """Return the row of an identity, locked until the commit, or None."""
    wanted = select(UserIdentity).where(
        UserIdentity.issuer == identity.issuer, UserIdentity.subject == identity.subject
    )
    return session.scalar(wanted.with_for_update(of=UserIdentity))


def add_identity(session: Session, user: User, identity: Identity, now: datetime) -> UserIdentity:
    """Give a person an identity that nobody has, in the caller's transaction."""
    row = UserIdentity(
        user=user, issuer=identity.issuer, subject=identity.subject, created_at=now, used_at=now
    )
    row.groups = json.dumps(identity.groups)
    session.add(row)
    session.flush()
    return row


def note_groups(
    session: Session,
    user: User,
    groups: tuple[str, ...] | list[str],
    rules: RoleRules,
    visitor: Visitor,
    now: datetime,
) -> None:
    """Bring the role up to date with the groups, up or down, in the caller's transaction.

    The last active admin stays one, whatever the groups say: nobody could look after the people any more.
    """
    session.flush()
    is_last_admin = roles.is_last_admin(session, user)  # locks: an admin may be giving a role at this moment
    before = user.role
    from_groups = role_from_groups(groups, rules.group_roles)
    given = Role(user.given_role) if user.given_role else None
    role = role_of(given, from_groups, rules.new_account)
    if is_last_admin and role is not Role.ADMIN:
        words = f"{role.value} by groups refused: no other admin is left"
        note_event(session, Event.ROLE_CHANGED, user, visitor, now, words=words)
        return
    user.group_role = from_groups.value if from_groups else None
    user.role = role.value
    if user.role != before:
        note_event(
            session, Event.ROLE_CHANGED, user, visitor, now, words=f"{before} → {user.role}, by groups"
        )


def _found_or_made(
    session: Session, identity: Identity, rules: RoleRules, visitor: Visitor, now: datetime
) -> User:
    row = find_identity(session, identity)
    if row is None:
        return _made(session, identity, rules, visitor, now)
    if not row.user.is_disabled:
        row.used_at, row.groups = now, json.dumps(identity.groups)
        _refresh(row.user, identity)
        note_groups(session, row.user, identity.groups, rules, visitor, now)
    return row.user


def _made(session: Session, identity: Identity, rules: RoleRules, visitor: Visitor, now: datetime) -> User:
    from_groups = role_from_groups(identity.groups, rules.group_roles)
    first, last = person_names(identity)
    user = User(
        username=_free_username(session, identity),
        first_name=first,
        last_name=last,
        email=usable_email(identity),
        email_confirmed_at=now,
        password_hash=None,
        role=role_of(None, from_groups, rules.new_account).value,
        group_role=from_groups.value if from_groups else None,
        created_at=now,
    )
    session.add(user)
    session.flush()
    add_identity(session, user, identity, now)
    note_event(session, Event.REGISTERED, user, visitor, now, words=f"{user.role}, by {identity.issuer}")
    return user


def _free_username(session: Session, identity: Identity) -> str:
    for name in islice(possible_usernames(identity), _MOST_NUMBERS):
        if session.scalar(select(User.id).where(User.username == name)) is None:
            return name
    message = "no username is free"
    raise RuntimeError(message)


def _refresh(user: User, identity: Identity) -> None:
    """Take over name and address, unless the account has a password: then they are its person's own."""
    if user.password_hash is None:
        user.first_name, user.last_name = person_names(identity)
        user.email = usable_email(identity)
