"""Who it is: the claims of the ID token and of the userinfo endpoint, put together."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from app.domain.identity import Identity
from app.domain.plain_text import without_control_characters
from app.iam.errors import Reason, Refused

# Plain claim of INDIGO IAM, and that of the WLCG token profile.
_GROUP_CLAIMS = ("groups", "wlcg.groups")
_MOST_GROUPS = 1000
_LONGEST_GROUP = 200
_LONGEST_TEXT = 500


def identity_of(id_claims: Mapping[str, Any], about_person: Mapping[str, Any]) -> Identity:
    """Return the identity; raise Refused when the two tell of different people.

    Who it is comes from the ID token alone; what the person is called from both, the userinfo first.
    """
    if about_person.get("sub") != id_claims["sub"]:
        raise Refused(Reason.OTHER_PERSON)
    told = {**id_claims, **about_person}
    first, last = _names(told)
    return Identity(
        issuer=id_claims["iss"],
        subject=id_claims["sub"],
        username=_text(told, "preferred_username"),
        first_name=first,
        last_name=last,
        email=_text(told, "email"),
        email_verified=told.get("email_verified", True) is True,
        groups=_groups(id_claims, about_person),
        proved_at=_moment(id_claims.get("auth_time")),
    )


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return without_control_characters(value)[:_LONGEST_TEXT] if isinstance(value, str) else ""


def _moment(seconds: float | None) -> datetime | None:
    """Return a moment; None for one that no calendar holds."""
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _names(told: Mapping[str, Any]) -> tuple[str, str]:
    first, last = _text(told, "given_name"), _text(told, "family_name")
    if not first and not last:
        first, _blank, last = _text(told, "name").partition(" ")
    return first, last


def _groups(*documents: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the groups of all claims, each once. What is no list of texts gives none: roles only shrink."""
    found: dict[str, None] = {}
    for document in documents:
        for claim in _GROUP_CLAIMS:
            listed = document.get(claim)
            if isinstance(listed, list) and all(isinstance(group, str) for group in listed):
                names = (without_control_characters(group) for group in listed)
                found.update(dict.fromkeys(name for name in names if 0 < len(name) <= _LONGEST_GROUP))
    return tuple(found)[:_MOST_GROUPS]
