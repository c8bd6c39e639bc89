"""Sign-ins on their way, kept in the signed cookie of the browser that began them."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from flask import session

from app.iam.attempt import Attempt
from app.iam.errors import Reason, Refused
from app.security import own_path
from app.services.throttle import may_try

_PLACE = "iam"
# Several tabs may be on their way; a cookie has room for few: browsers drop one of more than 4096 bytes.
_MOST = 3
# Characters as they are percent-encoded; a longer one leads to the start page.
_LONGEST_TARGET = 300
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
    attempt, target = journey.attempt, _short_target(journey.target)
    kept = {
        "state": attempt.state,
        "nonce": attempt.nonce,
        "verifier": attempt.verifier,
        "begun_at": int(attempt.begun_at.timestamp()),
        "target": target,
        "session_id": journey.session_id,
        "asks_anew": attempt.asks_anew,
    }
    session[_PLACE] = [*session.get(_PLACE, []), kept][-_MOST:]


def _short_target(target: str | None) -> str | None:
    """Return a path of this site as it stands in an address, or None for one the cookie has no room for."""
    path = own_path(target)
    written = quote(path, safe="/?&=%#:@!$'()*+,;~") if path else ""
    return written if 0 < len(written) <= _LONGEST_TARGET else None


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
