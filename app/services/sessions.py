"""Signed-in browsers, kept in the database so that signing out really ends them."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from app.domain.sign_in import Event, Method, Visitor
from app.extensions import LARGEST_ID, db, write_unit
from app.models import User, UserSession
from app.services.account_events import clean, note_event
from app.services.problems import Refusal

# Every request asks: put together once.
_OF_TOKEN = select(UserSession).where(UserSession.token_hash == bindparam("token_hash"))
# A click is written down at most this often: not every page view needs a write.
ACTIVITY_STEP = timedelta(minutes=1)
# So long the code of the second factor is waited for.
CODE_WITHIN = timedelta(minutes=10)
# Within this the second of two clicks arrives.
TWO_CLICKS = timedelta(seconds=30)


@dataclass(frozen=True)
class Limits:
    """How long a session lives: without a click, and in all, by how it began."""

    idle: timedelta
    absolute: Mapping[str, timedelta]


@dataclass(frozen=True)
class Grounds:
    """What was proved, as it was then. A session begins only while it still holds.

    password_hash: None where no password was asked, for the identity provider answers for the person.
    """

    password_hash: str | None = None
    second_factor_since: datetime | None = None
    # When it was proved, if that was not just now.
    proved_at: datetime | None = None

    def hold_for(self, user: User) -> bool:
        """Say whether nothing of it has changed."""
        is_same = (self.password_hash, self.second_factor_since) == (
            user.password_hash,
            user.totp_confirmed_at,
        )
        return not user.is_disabled and (self.password_hash is None or is_same)


class GroundsGone(Refusal):
    """The password or the second factor was changed, or the account disabled, since it was proved."""


def limits_of(config: Mapping[str, Any]) -> Limits:
    """Return how long sessions live, from the settings."""
    return Limits(
        idle=timedelta(minutes=config["SESSION_IDLE_MINUTES"]),
        absolute={
            Method.PASSWORD: timedelta(hours=config["SESSION_ABSOLUTE_HOURS"]),
            Method.IAM: timedelta(hours=config["IAM_SESSION_HOURS"]),
        },
    )


def begin_session(
    user: User,
    method: Method,
    visitor: Visitor,
    now: datetime,
    *,
    grounds: Grounds | None = None,
    awaits_code: bool = False,
) -> str:
    """Start a session and return its token, of which only the hash is stored. Commits.

    awaits_code: the second factor is still to come, nobody is signed in yet. Raise GroundsGone when the
    grounds hold no more: whoever changes a password ends the sessions that are there, in one transaction, and
    none may come after them on the old one.
    """
    token = secrets.token_urlsafe(32)
    browser, address = clean(visitor)
    with write_unit() as session:
        if grounds is not None and not grounds.hold_for(_locked(session, user)):
            raise GroundsGone
        proved_at = grounds.proved_at if grounds else None
        session.add(
            UserSession(
                user_id=user.id,
                token_hash=_hash(token),
                method=method.value,
                awaits_code=awaits_code,
                created_at=now,
                active_at=now,
                proved_at=min(now, proved_at or now),
                browser=browser,
                address=address,
            )
        )
    return token


def _locked(session: Session, user: User) -> User:
    """Return the person as they are now; nobody changes them until the commit."""
    wanted = select(User).where(User.id == user.id).with_for_update()
    return session.scalars(wanted.execution_options(populate_existing=True)).one()


def find_session(token: str, now: datetime, limits: Limits) -> UserSession | None:
    """Return the live session of a token, or None when it ended, timed out or its user is disabled.

    One that awaits the code of the second factor is returned too: ask for awaits_code.
    """
    found = db.session.scalar(_OF_TOKEN, {"token_hash": _hash(token)})
    if found is None or found.ended_at is not None or found.user.is_disabled:
        return None
    return found if _is_in_time(found, now, limits) else None


def find_awaiting(token: str, now: datetime, limits: Limits) -> UserSession | None:
    """Return the session of a token that still awaits the code of the second factor."""
    found = find_session(token, now, limits)
    is_awaited = found is not None and found.awaits_code and now - found.created_at <= CODE_WITHIN
    return found if is_awaited else None


def was_awaited_just_now(token: str, now: datetime) -> bool:
    """Say whether a session that awaited the code ended a moment ago: by the first of two clicks."""
    ended = select(UserSession.ended_at).where(
        UserSession.token_hash == _hash(token), UserSession.awaits_code.is_(True)
    )
    ended_at = db.session.scalar(ended)
    return ended_at is not None and now - ended_at <= TWO_CLICKS


def live_sessions(user: User, now: datetime, limits: Limits) -> list[UserSession]:
    """Return the sessions in which a person is signed in, the one last used first."""
    begun = select(UserSession).where(
        UserSession.user_id == user.id,
        UserSession.ended_at.is_(None),
        UserSession.awaits_code.is_(False),
        UserSession.active_at >= now - limits.idle,
    )
    rows = db.session.scalars(begun.order_by(UserSession.active_at.desc(), UserSession.id.desc()))
    return [row for row in rows if _is_in_time(row, now, limits)]


def note_proof(session_id: int, now: datetime) -> str:
    """Write down that the person proved again who they are; return the session's new token. Commits."""
    with write_unit() as session:
        return renew_session(session, session_id, now)


def note_activity(session_id: int, now: datetime) -> None:
    """Write down that the person clicked. Commits."""
    with write_unit() as session:
        session.execute(
            update(UserSession)
            .where(UserSession.id == session_id, UserSession.active_at < now - ACTIVITY_STEP)
            .values(active_at=now)
        )


def end_session_of_browser(session_id: int, now: datetime) -> None:
    """End a session by its id: its token may be changing at this moment. Commits."""
    with write_unit() as session:
        is_live = UserSession.id == session_id, UserSession.ended_at.is_(None)
        session.execute(update(UserSession).where(*is_live).values(ended_at=now))


def end_session(token: str, now: datetime) -> None:
    """End the session of a token. Commits."""
    with write_unit() as session:
        session.execute(
            update(UserSession)
            .where(UserSession.token_hash == _hash(token), UserSession.ended_at.is_(None))
            .values(ended_at=now)
        )


def forget_old_sessions(before: datetime, limits: Limits) -> None:
    """Delete sessions that ended or timed out before then, those that awaited a code too. Commits."""
    timed_out = [
        (UserSession.method == method) & (UserSession.created_at < before - life)
        for method, life in limits.absolute.items()
    ]
    is_over = or_(UserSession.ended_at < before, UserSession.active_at < before - limits.idle, *timed_out)
    with write_unit() as session:
        session.execute(delete(UserSession).where(is_over))


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


def end_own_session(user: User, session_id: int, visitor: Visitor, now: datetime) -> bool:
    """End one session of a person; False when there is no such live one of theirs. Commits."""
    if not 0 < session_id <= LARGEST_ID:
        return False
    with write_unit() as session:
        own = update(UserSession).where(
            UserSession.id == session_id, UserSession.user_id == user.id, UserSession.ended_at.is_(None)
        )
        if getattr(session.execute(own.values(ended_at=now)), "rowcount", 0) != 1:
            return False
        note_event(session, Event.SESSIONS_ENDED, user, visitor, now)
        return True


def end_other_sessions(user: User, session_id: int, visitor: Visitor, now: datetime) -> int:
    """End all sessions of a person but one; return how many. Commits."""
    with write_unit() as session:
        ended = end_sessions_of(session, user.id, now, but=session_id)
        if ended:
            note_event(session, Event.SESSIONS_ENDED, user, visitor, now, words=str(ended))
        return ended


def _is_in_time(row: UserSession, now: datetime, limits: Limits) -> bool:
    return now - row.active_at <= limits.idle and now - row.created_at <= limits.absolute[row.method]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
