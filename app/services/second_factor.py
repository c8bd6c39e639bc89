"""The second factor of an account with a password: switch it on, off, and make new recovery codes."""

from datetime import datetime, timedelta
from enum import StrEnum

import pyotp
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.domain.sign_in import Event, Visitor
from app.extensions import write_unit
from app.models import RecoveryCode, User
from app.services.account_events import note_event
from app.services.codes import check_code, purpose_of, replace_recovery_codes
from app.services.mails import MailKind, language_for, queue_mail
from app.services.sealing import seal
from app.services.sessions import end_sessions_of
from app.services.throttle import look, take_try

ISSUER = "SPD Production Manager"
# Each change is told by a mail: so many of one person within so long.
MOST_CHANGES = 5
CHANGES_WINDOW = timedelta(hours=1)


class Change(StrEnum):
    """What the mail tells the person: the fact "change" of MailKind.SECOND_FACTOR_CHANGED."""

    ON = "on"
    OFF = "off"
    REMOVED = "removed"  # by an admin
    CODES = "codes"


def propose(user: User, secret_key: str) -> None:
    """Make a new secret to be confirmed with a code; nothing is asked for until then. Commits.

    A second factor that is on stays as it is.
    """
    sealed = seal(pyotp.random_base32(), secret_key, purpose_of(user))
    with write_unit() as session:
        without = update(User).where(User.id == user.id, User.totp_confirmed_at.is_(None))
        session.execute(without.values(totp_secret=sealed, totp_last_step=None))


def address_of(user: User, secret: str) -> str:
    """Return what the picture says to the app: an otpauth: address."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=ISSUER)


def switch_on(
    user: User, typed: str, secret_key: str, visitor: Visitor, now: datetime, *, session_id: int
) -> list[str] | None:
    """Confirm the proposed secret with a code and return the recovery codes; None: it is wrong. Commits.

    Other sessions of the person end: they began without it. Raise TooManyTries.
    """
    sealed = user.totp_secret
    look(_key(user), MOST_CHANGES, CHANGES_WINDOW, now)
    if not check_code(user, typed, secret_key, visitor, now, Event.SETUP_REFUSED):
        return None
    take_try(_key(user), MOST_CHANGES, CHANGES_WINDOW, now)
    with write_unit() as session:
        # What was proposed anew in another tab meanwhile is not what this code confirms.
        same = (User.totp_secret == sealed) & User.totp_confirmed_at.is_(None)
        confirmed = update(User).where(User.id == user.id, same).values(totp_confirmed_at=now)
        if getattr(session.execute(confirmed), "rowcount", 0) != 1:
            return None
        end_sessions_of(session, user.id, now, but=session_id)
        _tell(session, Event.SECOND_FACTOR_ON, Change.ON, user, visitor, now)
        return replace_recovery_codes(session, user)


def switch_off(user: User, visitor: Visitor, now: datetime) -> None:
    """Ask for no second factor any more, or forget the proposed one. Commits."""
    with write_unit() as session:
        if user.totp_confirmed_at is None:
            user.totp_secret = None
            return
        _remove(session, user)
        _tell(session, Event.SECOND_FACTOR_OFF, Change.OFF, user, visitor, now)


def remove_second_factor(
    session: Session, user: User, actor: User | None, visitor: Visitor, now: datetime, reason: str = ""
) -> bool:
    """Take away somebody's second factor in the caller's transaction; False when there is none.

    For a person who lost telephone and codes. actor: the admin; None: whoever rules the machine. reason: of
    the admin, in words for the others.
    """
    if user.totp_confirmed_at is None:
        return False
    _remove(session, user)
    end_sessions_of(session, user.id, now)
    _tell(session, Event.SECOND_FACTOR_OFF, Change.REMOVED, user, visitor, now, actor=actor, words=reason)
    return True


def make_recovery_codes(user: User, visitor: Visitor, now: datetime) -> list[str]:
    """Return new recovery codes in the place of the old ones; none without a second factor. Commits.

    Raise TooManyTries after MOST_CHANGES within CHANGES_WINDOW.
    """
    take_try(_key(user), MOST_CHANGES, CHANGES_WINDOW, now)
    with write_unit() as session:
        if user.totp_confirmed_at is None:
            return []
        _tell(session, Event.RECOVERY_CODES_MADE, Change.CODES, user, visitor, now)
        return replace_recovery_codes(session, user)


def _key(user: User) -> str:
    return f"second-factor:user:{user.id}"


def _remove(session: Session, user: User) -> None:
    user.totp_secret = user.totp_confirmed_at = user.totp_last_step = None
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


def _tell(
    session: Session,
    kind: Event,
    change: Change,
    user: User,
    visitor: Visitor,
    now: datetime,
    *,
    actor: User | None = None,
    words: str = "",
) -> None:
    note_event(session, kind, user, visitor, now, actor=actor, words=words)
    if user.email:
        mail, language = MailKind.SECOND_FACTOR_CHANGED, language_for(user)
        queue_mail(session, mail, user.email, language, now, user=user, change=change.value)
