"""How often something may be tried: counted in the database, so that all processes count together."""

import hashlib
import json
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.extensions import db, write_unit
from app.models import Throttle

_LONGEST_KEY = 128


def may_try(key: str, limit: int, window: timedelta, now: datetime) -> bool:
    """Count a try and say whether it may go on; a refused one is not counted. Commits.

    At most `limit` tries go on in any stretch of time as long as `window`. key: purpose and whom it is about,
    such as "sign-in:user:17".
    """
    with write_unit() as session:
        row = _locked_row(session, key, now)
        since = (now - window).timestamp()
        # A clock that was put back must not leave tries in the future that count for ever.
        recent = [moment for moment in json.loads(row.moments) if since < moment <= now.timestamp()]
        if len(recent) >= limit:
            return False
        row.moments = json.dumps([*recent, now.timestamp()])
        row.updated_at = now
        return True


def forgive(key: str, tried_at: datetime) -> None:
    """Take a try back: it was right. Commits."""
    with write_unit() as session:
        row = session.get(Throttle, _stored(key), with_for_update=True)
        if row is not None:
            row.moments = json.dumps([m for m in json.loads(row.moments) if m != tried_at.timestamp()])


def forget_old_tries(before: datetime) -> None:
    """Delete what counts no more. Commits."""
    with write_unit() as session:
        session.execute(delete(Throttle).where(Throttle.updated_at < before))


def _locked_row(session: Session, key: str, now: datetime) -> Throttle:
    """Return the row of a key, which nobody else can change until the commit; make it if need be."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    statement = insert(Throttle).values(key=_stored(key), moments="[]", updated_at=now)
    session.execute(statement.on_conflict_do_nothing())
    return session.scalars(select(Throttle).where(Throttle.key == _stored(key)).with_for_update()).one()


def _stored(key: str) -> str:
    """Return the key as it fits its column: people can type names of any length."""
    return key if len(key) <= _LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()
