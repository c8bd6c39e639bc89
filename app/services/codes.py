"""The codes of the second factor: six digits of an app (RFC 6238), or one of the recovery codes."""

import base64
import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta

import pyotp
from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from app.domain.sign_in import Event, Visitor
from app.extensions import db, write_unit
from app.models import RecoveryCode, User
from app.services.account_events import note_event, record_event
from app.services.devices import find_device
from app.services.mails import MailKind, language_for, queue_mail
from app.services.sealing import unseal
from app.services.signing_in import note_throttled
from app.services.throttle import TooManyTries, forgive, is_full, may_try, take_try

TRIES = 5
TRIES_WINDOW = timedelta(minutes=5)
# A person is told once in so long that somebody guesses at the code.
WARNED_EVERY = timedelta(days=1)
STEP_SECONDS = 30
# Clocks of telephones may be a step off.
STEPS_OFF = (0, -1, 1)
RECOVERY_CODES = 10
# Letters and digits of 5 bits each, 120 bits in all: too many to guess, so a plain hash keeps them. Codes of
# the version before have 28.
RECOVERY_LETTERS = 24
RECOVERY_LENGTHS = frozenset({RECOVERY_LETTERS, 28})


def check_code(
    user: User, typed: str, secret_key: str, visitor: Visitor, now: datetime, refused: Event = Event.REFUSED
) -> bool:
    """Say whether this is a code of a person who is signed in, and use it up. Commits.

    refused: what a wrong one is written down as. No code is taken twice. Raise TooManyTries after TRIES wrong
    ones within TRIES_WINDOW, over all processes.
    """
    return _check(f"code:proof:{user.id}", user, typed, secret_key, visitor, now, refused)


def check_code_at_sign_in(
    user: User, typed: str, device: str | None, secret_key: str, visitor: Visitor, now: datetime
) -> bool:
    """Do as check_code for a person who is not in yet, but knows the password. Commits.

    device: the cookie of a browser that signed in before. Such a browser has tries of its own, so that
    strangers who know the password do not shut the person out. The person is told of them by a mail.
    """
    known = find_device(device, user, now)
    key = f"code:device:{known}" if known else f"code:user:{user.id}"
    if _check(key, user, typed, secret_key, visitor, now):
        return True
    if is_full(key, TRIES, TRIES_WINDOW, now):
        _warn(user, now)
    return False


def _check(
    key: str,
    user: User,
    typed: str,
    secret_key: str,
    visitor: Visitor,
    now: datetime,
    refused: Event = Event.REFUSED,
) -> bool:
    try:
        take_try(key, TRIES, TRIES_WINDOW, now)
    except TooManyTries as refusal:
        note_throttled(refusal, user, visitor, now)
        raise
    if _take(user, typed, secret_key, visitor, now):
        forgive(key, now)
        return True
    record_event(refused, user, visitor, now, words="wrong code" if refused is Event.REFUSED else "")
    return False


def _warn(user: User, now: datetime) -> None:
    if user.email and may_try(f"warned:user:{user.id}", 1, WARNED_EVERY, now):
        with write_unit() as session:
            kind, language = MailKind.CODES_REFUSED, language_for(user)
            queue_mail(session, kind, user.email, language, now, user=user)


def secret_of(user: User, secret_key: str) -> str | None:
    """Return the secret that the app and we share (base32); None: none is there, or SECRET_KEY is another."""
    return unseal(user.totp_secret, secret_key, purpose_of(user)) if user.totp_secret else None


def purpose_of(user: User) -> str:
    """Name what is sealed: the secret of one person."""
    return f"second factor of {user.id}"


def matching_step(secret: str, typed: str, now: datetime) -> int | None:
    """Return the step of time whose code was typed, or None."""
    code = re.sub(r"\s", "", typed)
    present = int(now.timestamp()) // STEP_SECONDS
    for step in (present + off for off in STEPS_OFF):
        if hmac.compare_digest(pyotp.TOTP(secret).generate_otp(step).encode(), code.encode()):
            return step
    return None


def is_recovery_code(typed: str) -> bool:
    """Say whether this has the length of a recovery code; the code of an app has six digits."""
    return len(_letters(typed)) in RECOVERY_LENGTHS


def count_recovery_codes(user: User) -> int:
    """Return how many recovery codes are left."""
    unused = select(RecoveryCode.id).where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
    return len(db.session.scalars(unused).all())


def replace_recovery_codes(session: Session, user: User) -> list[str]:
    """Make new recovery codes in the caller's transaction and return them; the old ones are worth nothing."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(user_id=user.id, code_hash=_hash(code)) for code in codes)
    return codes


def _take(user: User, typed: str, secret_key: str, visitor: Visitor, now: datetime) -> bool:
    if is_recovery_code(typed):
        return _take_recovery_code(user, typed, visitor, now)
    secret = secret_of(user, secret_key)
    step = matching_step(secret, typed, now) if secret else None
    return step is not None and _take_step(user, step)


def _take_step(user: User, step: int) -> bool:
    """Use a step of time up, and all before it; False when somebody did already. Commits."""
    is_new = or_(User.totp_last_step.is_(None), User.totp_last_step < step)
    with write_unit() as session:
        taken = session.execute(update(User).where(User.id == user.id, is_new).values(totp_last_step=step))
        return getattr(taken, "rowcount", 0) == 1


def _take_recovery_code(user: User, typed: str, visitor: Visitor, now: datetime) -> bool:
    unused = (RecoveryCode.user_id == user.id) & RecoveryCode.used_at.is_(None)
    with write_unit() as session:
        wanted = update(RecoveryCode).where(unused, RecoveryCode.code_hash == _hash(typed))
        is_taken = getattr(session.execute(wanted.values(used_at=now)), "rowcount", 0) == 1
        if is_taken:
            note_event(session, Event.RECOVERY_CODE_USED, user, visitor, now)
            if user.email:
                kind, language = MailKind.RECOVERY_CODE_USED, language_for(user)
                queue_mail(session, kind, user.email, language, now, user=user)
    return is_taken


def _new_recovery_code() -> str:
    letters = base64.b32encode(secrets.token_bytes(RECOVERY_LETTERS * 5 // 8)).decode().lower()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def _letters(code: str) -> str:
    return re.sub(r"[\s-]", "", code).lower()


def _hash(code: str) -> str:
    return hashlib.sha256(_letters(code).encode()).hexdigest()
