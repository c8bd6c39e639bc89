"""Registering: an account that nobody can sign in to until its e-mail address is confirmed."""

from datetime import datetime

from sqlalchemy import ColumnElement, CursorResult, delete, exists, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.permission import Role
from app.domain.problem import Problem
from app.domain.sign_in import Event, Visitor
from app.extensions import db, write_unit
from app.models import Mail, MailLink, User
from app.services.account_events import note_event
from app.services.accounts import NewAccount, has_password, holder_of, is_username_taken, new_user
from app.services.addresses import address_typed, unreachable
from app.services.links import Purpose, kill_links, use_link
from app.services.mails import MailKind, MailState, queue_mail
from app.services.problems import Invalid
from app.services.sessions import TWO_CLICKS


def refuse_username(username: str) -> None:
    """Raise Invalid when the username is taken."""
    if is_username_taken(username):
        raise Invalid([Problem("username", "username_taken")])


def is_same_again(account: NewAccount, now: datetime) -> bool:
    """Say whether just this was registered a moment ago, with the same password: the second of two clicks."""
    user = db.session.scalar(select(User).where(User.username == account.username))
    if user is None or user.email_confirmed_at is not None or now - user.created_at > TWO_CLICKS:
        return False
    return address_typed(user) == account.email.lower() and has_password(user, account.password)


def register(account: NewAccount, role: Role, language: str, visitor: Visitor, now: datetime) -> None:
    """Create an account that waits to be confirmed. Commits.

    Where the e-mail address has one already, its owner is told so by mail, and the new one waits in vain:
    who asks cannot tell the two apart, then or later. Raise Invalid when the username is taken.
    """
    user = new_user(account, role, now)
    try:
        with write_unit() as session:
            _add(session, user, language, visitor, now)
    except IntegrityError:  # somebody with the same name or address was quicker: now it is known
        with write_unit() as session:
            _add(session, user, language, visitor, now)


def _add(session: Session, user: User, language: str, visitor: Visitor, now: datetime) -> None:
    refuse_username(user.username)
    user.seen_language = language
    session.add(user)
    _write_to(session, user, address_typed(user), language, now)
    note_event(session, Event.REGISTERED, user, visitor, now)


def _write_to(session: Session, user: User, address: str, language: str, now: datetime) -> None:
    """Give an account that waits its address and queue the mail; whose the address is gets it."""
    with session.no_autoflush:  # not with an address that somebody has
        holder = holder_of(address)
    others = holder if holder is not None and holder is not user else None
    user.email = unreachable(address) if others else address
    session.flush()
    kind = MailKind.ACCOUNT_EXISTS if others else MailKind.CONFIRM
    queue_mail(session, kind, address, language, now, user=others or user)


def ask_to_confirm_again(address: str, language: str, now: datetime) -> None:
    """Queue the mail once more; whether for anybody, and its words, is seen when it is sent. Commits."""
    with write_unit() as session:
        queue_mail(session, MailKind.CONFIRM, address.lower(), language, now)


def key_of_waiting(username: str) -> list[str]:
    """Return by what a browser's cookie names an account: another of the same name is not the same."""
    since = db.session.scalar(select(User.created_at).where(User.username == username))
    return [username, since.isoformat() if since else ""]


def correct_address(
    username: str, since: str, address: str, language: str, visitor: Visitor, now: datetime
) -> bool:
    """Give an account that waits to be confirmed another address; links to the old one are void. Commits.

    username, since: what key_of_waiting named. False: it is confirmed or gone. As with register who asks
    cannot tell whether the address has an account already.
    """
    try:
        return _correct(username, since, address.lower(), language, visitor, now)
    except IntegrityError:  # somebody with the same address was quicker: now it is known
        return _correct(username, since, address.lower(), language, visitor, now)


def _correct(username: str, since: str, address: str, language: str, visitor: Visitor, now: datetime) -> bool:
    with write_unit() as session:
        user = session.scalar(select(User).where(User.username == username).with_for_update())
        if (
            user is None
            or user.email_confirmed_at
            or user.is_disabled
            or user.created_at.isoformat() != since
        ):
            return False
        kill_links(session, user.id, Purpose.CONFIRM, now)
        waits = Mail.user_id == user.id, Mail.state == MailState.WAITING.value
        session.execute(update(Mail).where(*waits).values(state=MailState.DROPPED.value))
        _write_to(session, user, address, language, now)
        note_event(session, Event.EMAIL_CHANGED, user, visitor, now)
    return True


def confirm(token: str, visitor: Visitor, now: datetime) -> User | None:
    """Confirm the address of an account by the link in its mail; None when the link is no good. Commits."""
    with write_unit() as session:
        used = use_link(session, token, Purpose.CONFIRM, now)
        if used is None:
            return None
        _link, user = used
        user.email_confirmed_at = user.email_confirmed_at or now
        note_event(session, Event.EMAIL_CONFIRMED, user, visitor, now)
    return user


def forget_unconfirmed(before: datetime, now: datetime) -> int:
    """Delete accounts that were registered before then and never confirmed; return how many. Commits.

    One whose mail still waits, or whose link is still good, stays: the mail server may have been away.
    So does one that was in use, and lost its confirmation by hand.
    """
    waiting = exists().where(Mail.user_id == User.id, Mail.state == MailState.WAITING.value)
    good = exists().where(MailLink.user_id == User.id, MailLink.used_at.is_(None), MailLink.expires_at > now)
    never = User.email_confirmed_at.is_(None), User.password_hash.is_not(None), User.created_at < before
    with write_unit() as session:
        gone = session.execute(delete(User).where(*never, ~waiting, ~good, ~_was_in_use()))
    return gone.rowcount if isinstance(gone, CursorResult) else 0


def _was_in_use() -> ColumnElement[bool]:
    """Say whether sessions, tasks or other rows name an account, so that it cannot be deleted."""
    keys = [key for table in User.metadata.tables.values() for key in table.foreign_keys]
    firm = [key for key in keys if key.column.table is User.__table__ and key.ondelete is None]
    return or_(*(exists().where(key.parent == User.id) for key in firm))
