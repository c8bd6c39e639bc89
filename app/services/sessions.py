"""Signed-in browsers, kept in the database so that signing out really ends them."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update

from app.extensions import db, write_unit
from app.models import User, UserSession

# A click is written down at most this often: not every page view needs a write.
ACTIVITY_STEP = timedelta(minutes=1)


def begin_session(user: User, now: datetime) -> str:
    """Start a session and return its token, of which only the hash is stored. Commits."""
    token = secrets.token_urlsafe(32)
    with write_unit() as session:
        session.add(UserSession(user_id=user.id, token_hash=_hash(token), created_at=now, active_at=now))
    return token


def find_session(token: str, now: datetime, idle: timedelta, absolute: timedelta) -> UserSession | None:
    """Return the live session of a token, or None when it ended, timed out or its user is disabled."""
    found = db.session.scalar(select(UserSession).where(UserSession.token_hash == _hash(token)))
    if found is None or found.ended_at is not None or found.user.is_disabled:
        return None
    if now - found.active_at > idle or now - found.created_at > absolute:
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


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
