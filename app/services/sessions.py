"""Signed-in browsers, kept in the database so that signing out really ends them."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.sign_in import Method, Visitor
from app.extensions import db, write_unit
from app.models import User, UserSession
from app.services.account_events import clean

# A click is written down at most this often: not every page view needs a write.
ACTIVITY_STEP = timedelta(minutes=1)


@dataclass(frozen=True)
class Limits:
    """How long a session lives: without a click, and in all, by how it began."""

    idle: timedelta
    absolute: Mapping[str, timedelta]


def begin_session(
    user: User, method: Method, visitor: Visitor, now: datetime, *, awaits_code: bool = False
) -> str:
    """Start a session and return its token, of which only the hash is stored. Commits.

    awaits_code: the second factor is still to come, nobody is signed in yet.
    """
    token = secrets.token_urlsafe(32)
    browser, address = clean(visitor)
    with write_unit() as session:
        session.add(
            UserSession(
                user_id=user.id,
                token_hash=_hash(token),
                method=method.value,
                awaits_code=awaits_code,
                created_at=now,
                active_at=now,
                proved_at=now,
                browser=browser,
                address=address,
            )
        )
    return token


def find_session(token: str, now: datetime, limits: Limits) -> UserSession | None:
    """Return the live session of a token, or None when it ended, timed out or its user is disabled.

    One that awaits the code of the second factor is returned too: ask for awaits_code.
    """
    found = db.session.scalar(select(UserSession).where(UserSession.token_hash == _hash(token)))
    if found is None or found.ended_at is not None or found.user.is_disabled:
        return None
    if now - found.active_at > limits.idle or now - found.created_at > limits.absolute[found.method]:
        return None
    return found


def note_activity(session_id: int, now: datetime) -> None:
    """Write down that the person clicked. Commits."""
    with write_unit() as session:
        session.execute(
            update(UserSession)
            .where(UserSession.id == session_id, UserSession.active_at < now - ACTIVITY_STEP)
            .values(active_at=now)
        )


def end_session(token: str, now: datetime) -> None:
    """End the session of a token. Commits."""
    with write_unit() as session:
        session.execute(
            update(UserSession)
            .where(UserSession.token_hash == _hash(token), UserSession.ended_at.is_(None))
            .values(ended_at=now)
        )


def renew_session(session: Session, session_id: int, now: datetime) -> str:
    """Give a session another token in the caller's transaction: a copied cookie is worth nothing then."""
    token = secrets.token_urlsafe(32)
    values = {"token_hash": _hash(token), "proved_at": now}
    session.execute(update(UserSession).where(UserSession.id == session_id).values(**values))
    return token


def end_sessions_of(session: Session, user_id: int, now: datetime, *, but: int | None = None) -> int:
    """End all sessions of a person in the caller's transaction; return how many. but: one that stays."""
    ended = session.execute(
        update(UserSession)
        .where(UserSession.user_id == user_id, UserSession.ended_at.is_(None), UserSession.id != (but or 0))
        .values(ended_at=now)
    )
    return int(getattr(ended, "rowcount", 0))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
