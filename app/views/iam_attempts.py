"""Sign-ins on their way, kept in the signed cookie of the browser that began them."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import session

from app.iam.attempt import Attempt
from app.iam.errors import Reason, Refused
from app.security import own_path
from app.services.throttle import may_try

_PLACE = "iam"
# Several tabs may be on their way; a cookie has room for few.
_MOST = 3
_LONGEST_TARGET = 400
# Longer than any attempt lives: a copied cookie must not make a used one good again.
_REMEMBERED = timedelta(hours=1)


@dataclass(frozen=True)
class Journey:
    """An attempt and where it leads. session_id: of the session that links an identity; None: a sign-in."""

    attempt: Attempt
    target: str | None
    session_id: int | None


def remember(journey: Journey) -> None:
    """Keep it until the browser comes back."""
    attempt, target = journey.attempt, own_path(journey.target)
    kept = {
        "state": attempt.state,
        "nonce": attempt.nonce,
        "verifier": attempt.verifier,
        "begun_at": int(attempt.begun_at.timestamp()),
        "target": target if target and len(target) <= _LONGEST_TARGET else None,
        "session_id": journey.session_id,
        "asks_anew": attempt.asks_anew,
    }
    session[_PLACE] = [*session.get(_PLACE, []), kept][-_MOST:]


def find_link(session_id: int) -> Journey | None:
    """Return the newest journey that links an identity to the account of this session."""
    found = [kept for kept in session.get(_PLACE, []) if kept["session_id"] == session_id]
    return _journey(found[-1]) if found else None


def is_begun_here(state: str) -> bool:
    """Say whether this browser is on its way with this state."""
    return any(kept["state"] == state for kept in session.get(_PLACE, []))


def take(state: str, now: datetime) -> Journey:
    """Return the journey with this state; it cannot be taken again, even with a copied cookie. Commits.

    Raise Refused when this browser began none, or it was used before.
    """
    found = [kept for kept in session.get(_PLACE, []) if kept["state"] == state]
    if not state or not found:
        raise Refused(Reason.NOT_BEGUN_HERE)
    session[_PLACE] = [kept for kept in session[_PLACE] if kept["state"] != state]
    journey = _journey(found[0])
    journey.attempt.check_age(now)
    key = f"iam-state:{hashlib.sha256(state.encode()).hexdigest()}"
    if not may_try(key, 1, _REMEMBERED, now):
        raise Refused(Reason.USED_BEFORE)
    return journey


def _journey(kept: dict[str, Any]) -> Journey:
    begun_at = datetime.fromtimestamp(kept["begun_at"], UTC)
    secrets = kept["state"], kept["nonce"], kept["verifier"]
    attempt = Attempt(*secrets, begun_at, asks_anew=kept.get("asks_anew", False))
    return Journey(attempt, kept["target"], kept["session_id"])
