"""How often something may be tried: counted in the database, so that all processes count together."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.extensions import db, insert_missing, write_unit
from app.models import Throttle
from app.services.problems import Refusal

_LONGEST_KEY = 128


class TooManyTries(Refusal):
    """The limit is reached; nothing was looked at."""

    def __init__(self, key: str, again_at: datetime) -> None:
        super().__init__(f"too many tries until {again_at}")
        self.key = key
        self.again_at = again_at


def take_try(key: str, limit: int, window: timedelta, now: datetime) -> None:
    """Count a try that may go on, see may_try; raise TooManyTries for one that may not. Commits."""
    if not may_try(key, limit, window, now):
        raise TooManyTries(key, _again_at(key, window, now))


def look(key: str, limit: int, window: timedelta, now: datetime) -> None:
    """Raise TooManyTries when a try may not go on now; nothing is counted, nothing written."""
    if is_full(key, limit, window, now):
        raise TooManyTries(key, _again_at(key, window, now))


def is_full(key: str, limit: int, window: timedelta, now: datetime) -> bool:
    """Say whether the next try will be refused; nothing is counted, nothing written."""
    return len(_recent(_moments(key), window, now)) >= limit


def may_try(key: str, limit: int, window: timedelta, now: datetime) -> bool:
    """Count a try and say whether it may go on; a refused one is not counted. Commits.

    At most `limit` tries go on in any stretch of time as long as `window`. key: purpose and whom it is about,
    such as "sign-in:user:17".
    """
    with write_unit() as session:
        row = _locked_row(session, key, now)
        recent = _recent(json.loads(row.moments), window, now)
        if len(recent) >= limit:
            return False
        row.moments = json.dumps([*recent, now.timestamp()])
        row.updated_at = now
        return True


def forgive(key: str, tried_at: datetime) -> None:
    """Take a try back: it was right. Commits."""
    with write_unit() as session:
        row = session.get(Throttle, _stored(key), with_for_update=True)
        moments = json.loads(row.moments) if row is not None else []
        # One of them: what somebody else tried at the same moment counts on.
        if row is not None and tried_at.timestamp() in moments:
            moments.remove(tried_at.timestamp())
            row.moments = json.dumps(moments)


def forget_old_tries(before: datetime) -> None:
    """Delete what counts no more. Commits."""
    with write_unit() as session:
        session.execute(delete(Throttle).where(Throttle.updated_at < before))


def _recent(moments: list[float], window: timedelta, now: datetime) -> list[float]:
    """Return the tries that count.

    Who asked later may have come first: a try a little ahead counts. One far ahead does not, or a clock that
    was put back would shut people out for long.
    """
    return [m for m in moments if (now - window).timestamp() < m < (now + window).timestamp()]


def _moments(key: str) -> list[float]:
    stored = db.session.scalar(select(Throttle.moments).where(Throttle.key == _stored(key)))
    return list(json.loads(stored or "[]"))


def _again_at(key: str, window: timedelta, now: datetime) -> datetime:
    """Return when the oldest try that counts will count no more."""
    counted = _recent(_moments(key), window, now)
    return datetime.fromtimestamp(min(counted), UTC) + window if counted else now


def _locked_row(session: Session, key: str, now: datetime) -> Throttle:
    """Return the row of a key, which nobody else can change until the commit; make it if need be."""
    insert_missing(session, Throttle, key=_stored(key), moments="[]", updated_at=now)
    return session.scalars(select(Throttle).where(Throttle.key == _stored(key)).with_for_update()).one()


def _stored(key: str) -> str:
    """Return the key as it fits its column: people can type names of any length."""
    return key if len(key) <= _LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()
