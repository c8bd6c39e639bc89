"""What happened at the door: a row for the admins and one line in the log for each event."""

import json
import logging
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.plain_text import without_control_characters
from app.domain.sign_in import LONGEST_ADDRESS, LONGEST_BROWSER, Event, Visitor
from app.extensions import db, write_unit
from app.models import AccountEvent, User

LONGEST_WORDS = 300

log = logging.getLogger("spd.accounts")


def note_event(
    session: Session,
    kind: Event,
    user: User | None,
    visitor: Visitor,
    now: datetime,
    *,
    actor: User | None = None,
    words: str = "",
) -> None:
    """Write an event down in the caller's transaction. No secret may stand in words.

    user: whose account; None if nobody's. actor: who did it, where that is somebody else.
    """
    browser, address = clean(visitor)
    words = without_control_characters(words)[:LONGEST_WORDS]
    row = AccountEvent(at=now, kind=kind.value, words=words, browser=browser, address=address)
    row.user_id, row.actor_id = user.id if user else None, actor.id if actor else None
    session.add(row)
    log.info(_line(row, user, actor))


def _line(row: AccountEvent, user: User | None, actor: User | None) -> str:
    return json.dumps(
        {
            "at": row.at.isoformat(timespec="milliseconds"),
            "event": row.kind,
            "user": user.username if user else None,
            "actor": actor.username if actor else None,
            "address": row.address,
            "browser": row.browser,
            "words": row.words,
        }
    )


def record_event(
    kind: Event,
    user: User | None,
    visitor: Visitor,
    now: datetime,
    *,
    actor: User | None = None,
    words: str = "",
) -> None:
    """Write an event down in a transaction of its own; see note_event. Commits."""
    with write_unit() as session:
        note_event(session, kind, user, visitor, now, actor=actor, words=words)


def last_actor(user: User, kind: Event) -> User | None:
    """Return who last did this to an account; None: nobody else, or it was never done."""
    of_user = AccountEvent.user_id == user.id, AccountEvent.kind == kind.value
    newest = select(AccountEvent).where(*of_user).order_by(AccountEvent.at.desc(), AccountEvent.id.desc())
    found = db.session.scalar(newest.limit(1))
    return found.actor if found else None


def latest_events(user: User, count: int) -> list[AccountEvent]:
    """Return what happened to an account, the newest first."""
    of_user = select(AccountEvent).where(AccountEvent.user_id == user.id)
    newest = of_user.order_by(AccountEvent.at.desc(), AccountEvent.id.desc()).limit(count)
    return list(db.session.scalars(newest))


def clean(visitor: Visitor) -> tuple[str, str]:
    """Return browser and address fit for one line and their columns."""
    browser = without_control_characters(visitor.browser)[:LONGEST_BROWSER]
    return browser, without_control_characters(visitor.address)[:LONGEST_ADDRESS]


def forget_old_events(before: datetime) -> None:
    """Delete what happened longer ago than it is kept. Commits."""
    with write_unit() as session:
        session.execute(delete(AccountEvent).where(AccountEvent.at < before))
