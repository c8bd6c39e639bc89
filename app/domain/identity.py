"""Who somebody is, as an identity provider tells it; and a username that fits our pattern made from it."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from app.domain.plain_text import without_control_characters

LONGEST_USERNAME = 64
LONGEST_PERSON_NAME = 100
LONGEST_EMAIL = 254
_SHORTEST_USERNAME = 3
_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)


@dataclass(frozen=True)
class Identity:
    """What the provider vouches for. Issuer and subject are the key; nothing else says who it is.

    `groups` are names as the provider writes them, in its order. Texts may be empty, but for the first two.
    """

    issuer: str
    subject: str
    username: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    email_verified: bool = False
    groups: tuple[str, ...] = ()
    # When the person last signed in at the provider; None: it does not say.
    proved_at: datetime | None = None


def possible_usernames(identity: Identity) -> Iterator[str]:
    """Yield usernames for a new account, the best first and then numbered, without an end."""
    wanted = _fitting(identity.username)
    yield wanted
    number = 2
    while True:
        ending = f"-{number}"
        yield wanted[: LONGEST_USERNAME - len(ending)] + ending
        number += 1


def _fitting(wanted: str) -> str:
    """Return the name in small Latin letters, digits, dots, _ and -, a letter first: as at registration."""
    plain = unicodedata.normalize("NFKD", wanted).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9_.-]+", "-", plain.partition("@")[0]).strip("-._")
    if not plain[:1].isalpha() or len(plain) < _SHORTEST_USERNAME:
        plain = f"user-{plain}".rstrip("-")
    return plain[:LONGEST_USERNAME]


def person_names(identity: Identity) -> tuple[str, str]:
    """Return first and last name fit for their columns; the username stands in for both being empty."""
    first, last = (
        without_control_characters(name).strip()[:LONGEST_PERSON_NAME]
        for name in (identity.first_name, identity.last_name)
    )
    if not first and not last:
        return "", _fitting(identity.username)
    return first, last


def usable_email(identity: Identity) -> str:
    """Return the address in small letters; empty if it is none of ours, or not the person's for sure."""
    email = identity.email.strip().lower()
    is_fit = identity.email_verified and len(email) <= LONGEST_EMAIL and _EMAIL.fullmatch(email)
    return email if is_fit else ""
