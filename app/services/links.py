"""The links in mails: each can be used once, and only until it expires."""

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from app.extensions import db, write_unit
from app.models import Mail, MailLink, User
from app.services.mails import WITH_LINKS, MailState


class Purpose(StrEnum):
    """What a link is good for."""

    CONFIRM = "confirm"  # the address of a new account
    RESET = "reset"  # a new password; the first one of an account that an admin made, too
    EMAIL = "email"  # another address


def mint_link(
    session: Session, user_id: int, purpose: Purpose, address: str, lifetime: timedelta, now: datetime
) -> str:
    """Make a link in the caller's transaction and return its token, of which only the hash is stored.

    address: where it is sent; for EMAIL that is the address the account is to get.
    """
    token = secrets.token_urlsafe(32)
    session.add(
        MailLink(
            user_id=user_id,
            purpose=purpose.value,
            token_hash=_hash(token),
            address=address,
            created_at=now,
            expires_at=now + lifetime,
        )
    )
    return token


def look_at_link(token: str, purpose: Purpose, now: datetime) -> tuple[MailLink, User] | None:
    """Return a link that is still good and whose it is, without using it; None for any other token."""
    statement = select(MailLink, User).join(User, User.id == MailLink.user_id)
    found = db.session.execute(statement.where(*_good(token, purpose, now), ~User.is_disabled)).first()
    return (found[0], found[1]) if found else None


def use_link(session: Session, token: str, purpose: Purpose, now: datetime) -> tuple[MailLink, User] | None:
    """Use a link up in the caller's transaction. None: it is used, too old, or none of ours.

    Of two who use it at the same moment one succeeds.
    """
    used = session.execute(update(MailLink).where(*_good(token, purpose, now)).values(used_at=now))
    if getattr(used, "rowcount", 0) != 1:
        return None
    link = session.scalars(select(MailLink).where(MailLink.token_hash == _hash(token))).one()
    user = session.get_one(User, link.user_id)
    return None if user.is_disabled else (link, user)


def kill_all_links(session: Session, user: User, now: datetime) -> None:
    """Make useless, in the caller's transaction, every link of a person that is out or still to be sent.

    Whoever asked for them knew the password of before, or had a session of before.
    """
    mine = MailLink.user_id == user.id, MailLink.used_at.is_(None)
    session.execute(update(MailLink).where(*mine).values(used_at=now))
    about_them = (Mail.user_id == user.id) | (Mail.user_id.is_(None) & (Mail.address == user.email))
    is_waiting = Mail.state == MailState.WAITING.value, Mail.kind.in_(WITH_LINKS)
    session.execute(update(Mail).where(about_them, *is_waiting).values(state=MailState.DROPPED.value))


def kill_links(session: Session, user_id: int, purpose: Purpose, now: datetime) -> None:
    """Make a person's other links of this purpose useless, in the caller's transaction."""
    session.execute(
        update(MailLink)
        .where(MailLink.user_id == user_id, MailLink.purpose == purpose.value, MailLink.used_at.is_(None))
        .values(used_at=now)
    )


def forget_old_links(before: datetime) -> None:
    """Delete links that expired before then. Commits."""
    with write_unit() as session:
        session.execute(delete(MailLink).where(MailLink.expires_at < before))


def _good(token: str, purpose: Purpose, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        MailLink.token_hash == _hash(token),
        MailLink.purpose == purpose.value,
        MailLink.used_at.is_(None),
        MailLink.expires_at > now,
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
