"""Linking an identity to an account, and taking it away: after a fresh proof, and told by mail."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.identity import Identity
from app.domain.sign_in import Event, Method, Visitor
from app.extensions import find_row, write_unit
from app.models import Task, User, UserIdentity, UserSession
from app.services.account_events import note_event, record_event
from app.services.identities import RoleRules, add_identity, find_identity, groups_of, note_groups
from app.services.mails import MailKind, language_for, queue_mail
from app.services.problems import NotFound, Refusal
from app.services.sessions import end_sessions_of


class IdentityTaken(Refusal):
    """The identity belongs to another account that is in use."""


class NeedsPassword(Refusal):
    """Without a password there would be no way left to sign in."""


def link_identity(user: User, identity: Identity, rules: RoleRules, visitor: Visitor, now: datetime) -> None:
    """Give a signed-in person an identity they have just proved to be theirs; nothing if it is already.

    One that belongs to an account nobody has used yet is moved, and that account disabled. Raise
    IdentityTaken, with the event written down. Commits.
    """
    try:
        with write_unit() as session:
            _link(session, user, identity, rules, visitor, now)
    except (IdentityTaken, IntegrityError):  # or somebody else took it at the same moment
        record_event(Event.REFUSED, user, visitor, now, words="the identity belongs to another account")
        raise IdentityTaken from None


def unlink_identity(
    user: User, identity_id: int, rules: RoleRules, session_id: int, visitor: Visitor, now: datetime
) -> None:
    """Take an identity away and end the sessions that began with the provider, but for this one. Commits.

    Raise NotFound when it is not the person's, NeedsPassword when it is the only way to sign in.
    """
    with write_unit() as session:
        row = find_row(UserIdentity, identity_id)
        if row is None or row.user_id != user.id:
            raise NotFound
        if user.password_hash is None:
            raise NeedsPassword
        session.execute(delete(UserIdentity).where(UserIdentity.id == identity_id))
        note_event(session, Event.IDENTITY_REMOVED, user, visitor, now, words=row.issuer)
        _tell(session, MailKind.IDENTITY_REMOVED, user, now)
        note_groups(session, user, _groups_left(session, user), rules, visitor, now)
        _end_sessions_by_provider(session, user, session_id, now)


def _link(
    session: Session, user: User, identity: Identity, rules: RoleRules, visitor: Visitor, now: datetime
) -> None:
    row = find_identity(session, identity)
    if row is None:
        add_identity(session, user, identity, now)
    elif row.user_id == user.id:
        return
    else:
        _move(session, row, user, visitor, now)
    note_event(session, Event.IDENTITY_LINKED, user, visitor, now, words=identity.issuer)
    _tell(session, MailKind.IDENTITY_LINKED, user, now)
    note_groups(session, user, identity.groups, rules, visitor, now)


def _tell(session: Session, kind: MailKind, user: User, now: datetime) -> None:
    """Let the owner of the account know: somebody else may be sitting in their session."""
    if user.email:
        queue_mail(session, kind, user.email, language_for(user), now, user=user)


def _move(session: Session, row: UserIdentity, user: User, visitor: Visitor, now: datetime) -> None:
    """Take the identity from an account that was made by it and never used."""
    # The lock keeps tasks from being made for that account meanwhile.
    other = session.scalars(select(User).where(User.id == row.user_id).with_for_update()).one()
    if not _is_unused(session, other, row):
        raise IdentityTaken
    row.user_id = user.id
    session.execute(update(User).where(User.id == other.id).values(is_disabled=True))
    end_sessions_of(session, other.id, now)
    words = f"its identity was linked to {user.username}"
    note_event(session, Event.DISABLED, other, visitor, now, actor=user, words=words)


def _is_unused(session: Session, other: User, row: UserIdentity) -> bool:
    """Say whether nothing is lost with the account."""
    has_tasks = session.scalar(select(Task.id).where(Task.creator_id == other.id).limit(1)) is not None
    more = select(UserIdentity.id).where(UserIdentity.user_id == other.id, UserIdentity.id != row.id)
    has_more = session.scalar(more.limit(1)) is not None
    is_guarded = other.password_hash is not None or other.given_role is not None or other.is_disabled
    return not (has_tasks or has_more or is_guarded)


def _groups_left(session: Session, user: User) -> list[str]:
    """Return the groups of the identity that was used last."""
    wanted = select(UserIdentity).where(UserIdentity.user_id == user.id)
    found = session.scalar(wanted.order_by(UserIdentity.used_at.desc()).limit(1))
    return groups_of(found) if found else []


def _end_sessions_by_provider(session: Session, user: User, but: int, now: datetime) -> None:
    session.execute(
        update(UserSession)
        .where(
            UserSession.user_id == user.id,
            UserSession.method == Method.IAM.value,
            UserSession.ended_at.is_(None),
            UserSession.id != but,
        )
        .values(ended_at=now)
    )
