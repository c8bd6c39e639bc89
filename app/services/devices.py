"""Browsers that signed in before: they get in while strangers guess."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from app.extensions import db, write_unit
from app.models import KnownDevice, User

# A browser that did not sign in for so long is forgotten; the cookie lives as long.
LIFE = timedelta(days=365)


def find_device(token: str | None, user: User | None, now: datetime) -> int | None:
    """Return the id of the browser with this cookie if the person signed in with it before."""
    found = select(KnownDevice.id).where(
        KnownDevice.token_hash == _hash(token or ""),
        KnownDevice.user_id == (user.id if user else 0),
        KnownDevice.used_at > now - LIFE,
    )
    return db.session.scalar(found)


def remember_device(token: str | None, user: User, now: datetime) -> str:
    """Remember that the person signed in with this browser; return its new cookie. Commits.

    The cookie is a new one every time: one that somebody else planted or copied is worth nothing afterwards.
    """
    fresh = secrets.token_urlsafe(32)
    with write_unit() as session:
        if token:
            same_browser = update(KnownDevice).where(KnownDevice.token_hash == _hash(token))
            session.execute(same_browser.values(token_hash=_hash(fresh)))
        mine = (KnownDevice.token_hash == _hash(fresh)) & (KnownDevice.user_id == user.id)
        known = session.execute(update(KnownDevice).where(mine).values(used_at=now))
        if not getattr(known, "rowcount", 0):
            session.add(KnownDevice(user_id=user.id, token_hash=_hash(fresh), created_at=now, used_at=now))
    return fresh


def forget_old_devices(now: datetime) -> None:
    """Delete browsers that did not sign in for long. Commits."""
    with write_unit() as session:
        session.execute(delete(KnownDevice).where(KnownDevice.used_at <= now - LIFE))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
