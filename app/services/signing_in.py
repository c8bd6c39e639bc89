"""Signing in with a password: how many guesses are looked at, and what is written down about them.

No account is ever locked: whoever knows its name could lock it. Strangers share a few guesses for each
account in a stretch of time; a browser that signed in to it before has guesses of its own.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.sign_in import Event, Visitor
from app.extensions import db
from app.models import User
from app.services.account_events import record_event
from app.services.accounts import find_by_name, has_password, may_come_in, renew_hash, spelled
from app.services.addresses import address_typed
from app.services.devices import find_device
from app.services.problems import Refusal
from app.services.throttle import TooManyTries, forgive, may_try, take_try

# Refusals without a look are written down once in so long for each key: or the log would be the weapon.
TOLD_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class TryLimits:
    """How many passwords are looked at within the window: for one account, and from one address."""

    account: int
    address: int
    window: timedelta


class NotConfirmed(Refusal):
    """The password is right, but the address is to be confirmed first. `address`: where the link went."""

    def __init__(self, address: str) -> None:
        super().__init__("the address is not confirmed")
        self.address = address


@dataclass(frozen=True)
class Guess:
    """What was typed, and the cookie of a browser that signed in before."""

    username: str
    password: str
    device: str | None


def sign_in(guess: Guess, limits: TryLimits, visitor: Visitor, now: datetime) -> User | None:
    """Return the person of an open account whose name and password this is, or None. Commits.

    Raise TooManyTries when the limit is reached: then the password was not looked at. Raise NotConfirmed for
    the right password of an account that waits to be confirmed. Nothing here differs for a name that nobody
    has.
    """
    user = find_by_name(guess.username)
    if user is not None:
        # Otherwise each commit below would have it read again: time that a name nobody has does not take.
        db.session.expunge(user)
    device = find_device(guess.device, user, now)
    key = _key_of(guess, user, device)
    try:
        _take(key, limits, None if device else visitor.address, now)
    except TooManyTries as refusal:
        note_throttled(refusal, user, visitor, now)
        raise
    is_right = has_password(user, guess.password)
    if user is None or not is_right or not may_come_in(user):
        record_event(Event.REFUSED, user, visitor, now, words="closed" if is_right else "wrong password")
        if user is not None and is_right and not user.is_disabled:
            raise NotConfirmed(address_typed(user))
        return None
    _take_back(key, None if device else visitor.address, now)
    renew_hash(user, guess.password)
    return db.session.get_one(User, user.id)


def prove(user: User, guess: Guess, limits: TryLimits, visitor: Visitor, now: datetime) -> bool:
    """Say whether this is the password of a person who is signed in already. Commits.

    Counted apart from sign-in: strangers who guess there must not hinder who is in. Raise TooManyTries.
    """
    device = find_device(guess.device, user, now)
    key = f"sign-in:device:{device}" if device else f"proof:user:{user.id}"
    try:
        take_try(key, limits.account, limits.window, now)
    except TooManyTries as refusal:
        note_throttled(refusal, user, visitor, now)
        raise
    if has_password(user, guess.password):
        forgive(key, now)
        return True
    record_event(Event.REFUSED, user, visitor, now, words="proof")
    return False


def note_throttled(refusal: TooManyTries, user: User | None, visitor: Visitor, now: datetime) -> None:
    """Write down that tries are refused without a look, not oftener than TOLD_EVERY. Commits."""
    if may_try(f"told:{refusal.key}", 1, TOLD_EVERY, now):
        record_event(Event.THROTTLED, user, visitor, now)


def _key_of(guess: Guess, user: User | None, device: int | None) -> str:
    """Username and e-mail address count together. What nobody is called may be a password: hashed."""
    unknown = hashlib.sha256(spelled(guess.username).encode()).hexdigest()
    if device is not None:
        return f"sign-in:device:{device}"
    return f"sign-in:user:{user.id}" if user else f"sign-in:name:{unknown}"


def _take(key: str, limits: TryLimits, address: str | None, now: datetime) -> None:
    """Count a try for the account first: who is refused there does not use up the tries of an institute."""
    take_try(key, limits.account, limits.window, now)
    if address is None:
        return
    try:
        take_try(_of_address(address), limits.address, limits.window, now)
    except TooManyTries:
        forgive(key, now)
        raise


def _take_back(key: str, address: str | None, now: datetime) -> None:
    forgive(key, now)
    if address is not None:
        forgive(_of_address(address), now)


def _of_address(address: str) -> str:
    return f"sign-in:address:{address}"
