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
from app.services.account_events import record_event
from app.services.sealing import unseal
from app.services.signing_in import note_throttled
from app.services.throttle import TooManyTries, forgive, take_try

TRIES = 5
TRIES_WINDOW = timedelta(minutes=5)
STEP_SECONDS = 30
# Clocks of telephones may be a step off.
STEPS_OFF = (0, -1, 1)
RECOVERY_CODES = 10
# Letters and digits of 5 bits each, 140 bits in all: too many to guess, so a plain hash keeps them.
RECOVERY_LETTERS = 28


def check_code(user: User, typed: str, secret_key: str, visitor: Visitor, now: datetime) -> bool:
    """Say whether this is a code of the person, and use it up: no code is taken twice. Commits.

    Raise TooManyTries after TRIES wrong ones within TRIES_WINDOW, for one account over all processes.
    """
    key = f"code:user:{user.id}"
    try:
        take_try(key, TRIES, TRIES_WINDOW, now)
    except TooManyTries as refusal:
        note_throttled(refusal, user, visitor, now)
        raise
    if _take(user, typed, secret_key, visitor, now):
        forgive(key, now)
        return True
    record_event(Event.REFUSED, user, visitor, now, words="wrong code")
    return False


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
    if len(_letters(typed)) == RECOVERY_LETTERS:
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
        record_event(Event.RECOVERY_CODE_USED, user, visitor, now)
    return is_taken


def _new_recovery_code() -> str:
    letters = base64.b32encode(secrets.token_bytes(20)).decode().lower()[:RECOVERY_LETTERS]
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def _letters(code: str) -> str:
    return re.sub(r"[\s-]", "", code).lower()


def _hash(code: str) -> str:
    return hashlib.sha256(_letters(code).encode()).hexdigest()
