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
from app.services.sessions import Grounds
from app.services.throttle import TooManyTries, forgive, look, may_try, take_try

# Refusals without a look are written down once in so long for each key: or the log would be the weapon.
TOLD_EVERY = timedelta(minutes=1)
# Right passwords cost a hash and leave a session, too: of an account so many times as many go on as guesses.
RIGHT_FOR_A_GUESS = 10


@dataclass(frozen=True)
class TryLimits:
    """How many passwords are looked at within the window: for one account, and from one address."""

    account: int
    address: int
    window: timedelta


class NotConfirmed(Refusal):
    """The password is right, but the address is to be confirmed first. `address`: where the link went."""

    def __init__(self, username: str, address: str) -> None:
        super().__init__("the address is not confirmed")
        self.username, self.address = username, address


class AccountDisabled(Refusal):
    """The password is right, but an admin has disabled the account: told to nobody with a wrong one."""


@dataclass(frozen=True)
class Guess:
    """What was typed, and the cookie of a browser that signed in before."""

    username: str
    password: str
    device: str | None


@dataclass(frozen=True)
class Entrant:
    """Whose password it was, and what that rests on."""

    user: User
    grounds: Grounds


def sign_in(guess: Guess, limits: TryLimits, visitor: Visitor, now: datetime) -> Entrant | None:
    """Return the person of an open account whose name and password this is, or None. Commits.

    Raise TooManyTries when a limit is reached: then the password was not looked at. Raise NotConfirmed or
    AccountDisabled for the right password of an account that is not open. Nothing here differs for a name
    that nobody has.
    """
    user = find_by_name(guess.username)
    if user is not None:
        # Otherwise each commit below would have it read again: time that a name nobody has does not take.
        db.session.expunge(user)
    device = find_device(guess.device, user, now)
    key = _key_of(guess, device)
    try:
        look(_of_right(user), RIGHT_FOR_A_GUESS * limits.account, limits.window, now)
        _take(key, limits, None if device else visitor.network, now)
    except TooManyTries as refusal:
        note_throttled(refusal, user, visitor, now)
        raise
    is_right = has_password(user, guess.password)
    if user is None or not is_right or not may_come_in(user):
        record_event(Event.REFUSED, user, visitor, now, words="closed" if is_right else "wrong password")
        if user is not None and is_right:
            raise _why_closed(user)
        return None
    _take_back(key, None if device else visitor.network, now)
    may_try(_of_right(user), RIGHT_FOR_A_GUESS * limits.account, limits.window, now)
    grounds = Grounds(renew_hash(user, guess.password), user.totp_confirmed_at)
    return Entrant(db.session.get_one(User, user.id), grounds)


def _why_closed(user: User) -> Refusal:
    if user.is_disabled:
        return AccountDisabled("the account is disabled")
    return NotConfirmed(user.username, address_typed(user))


def prove(user: User, guess: Guess, limits: TryLimits, visitor: Visitor, now: datetime) -> bool:
    """Say whether this is the password of a person who is signed in already. Commits.

    Counted apart from sign-in: strangers who guess there must not hinder who is in. Whoever asks for it, and
    in whichever browser, counts together: a stolen session has no more. Raise TooManyTries.
    """
    key = proof_key(user)
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


def note_throttled(
    refusal: TooManyTries, user: User | None, visitor: Visitor, now: datetime, words: str = ""
) -> None:
    """Write down that tries are refused without a look, not oftener than TOLD_EVERY. Commits."""
    if may_try(f"told:{refusal.key}", 1, TOLD_EVERY, now):
        record_event(Event.THROTTLED, user, visitor, now, words=words)


def proof_key(user: User) -> str:
    """Return under what all guesses are counted that a session of the person makes."""
    return f"proof:user:{user.id}"


def _key_of(guess: Guess, device: int | None) -> str:
    """Username and e-mail address count apart: together they would tell whose address it is.

    What nobody is called may be a password: hashed.
    """
    if device is not None:
        return f"sign-in:device:{device}"
    return f"sign-in:name:{hashlib.sha256(spelled(guess.username).encode()).hexdigest()}"


def _take(key: str, limits: TryLimits, network: str | None, now: datetime) -> None:
    """Count a try for the account first: who is refused there does not use up the tries of an institute.

    Before that the network is looked at: one that is refused leaves nothing behind for each name it makes up.
    """
    if network is not None:
        look(_of_network(network), limits.address, limits.window, now)
    # A stranger may type a name or an address: half for each.
    most = limits.account if network is None else max(1, limits.account // 2)
    take_try(key, most, limits.window, now)
    if network is None:
        return
    try:
        take_try(_of_network(network), limits.address, limits.window, now)
    except TooManyTries:
        forgive(key, now)
        raise


def _take_back(key: str, network: str | None, now: datetime) -> None:
    forgive(key, now)
    if network is not None:
        forgive(_of_network(network), now)


def _of_right(user: User | None) -> str:
    return f"signed-in:user:{user.id if user else 0}"


def _of_network(network: str) -> str:
    return f"sign-in:address:{network}"
