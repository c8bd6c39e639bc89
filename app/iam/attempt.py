"""One sign-in on its way: what is remembered here while the person is at the provider."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from app.iam.errors import Declined, Reason, Refused

# How long a person may stay at the provider.
LONGEST_WAY = timedelta(minutes=10)
# The only error that is the person's own doing (RFC 6749, section 4.1.2.1).
_DECLINED = "access_denied"
_PARAMETERS = ("code", "state", "iss", "error")


@dataclass(frozen=True)
class Attempt:
    """The three values that tie the answer to this browser and this attempt; kept in its signed cookie."""

    state: str
    nonce: str
    verifier: str
    begun_at: datetime
    # The person is to prove anew who they are; the provider shall not take its own session for an answer.
    asks_anew: bool = False

    def __repr__(self) -> str:
        return f"<Attempt begun at {self.begun_at:%H:%M:%S}>"

    def check_age(self, now: datetime) -> None:
        """Raise Refused when the person stayed away too long."""
        if not timedelta(0) <= now - self.begun_at <= LONGEST_WAY:
            raise Refused(Reason.TOO_LATE)


def new_attempt(now: datetime, *, asks_anew: bool = False) -> Attempt:
    """Return an attempt with values nobody can guess; the verifier is as RFC 7636, section 4.1 wants it."""
    return Attempt(
        state=secrets.token_urlsafe(24),
        nonce=secrets.token_urlsafe(24),
        verifier=secrets.token_urlsafe(48),
        begun_at=now,
        asks_anew=asks_anew,
    )


class Parameters(Protocol):
    """The parameters of an address; one may stand in it several times."""

    def getlist(self, key: str) -> list[str]:
        """Return all values of a parameter."""


@dataclass(frozen=True)
class Answer:
    """What the browser brings back; empty where it brings nothing."""

    code: str = ""
    state: str = ""
    iss: str = ""
    error: str = ""

    def __repr__(self) -> str:
        return f"<Answer of {len(self.code)} letters>"

    def check(self, issuer: str, *, names_issuer: bool) -> None:
        """Raise Refused, or Declined, unless it holds a code and may be from this issuer (RFC 9207).

        names_issuer: the provider always says who it is.
        """
        if (self.iss or names_issuer) and self.iss != issuer:
            raise Refused(Reason.OTHER_ISSUER)
        if self.error == _DECLINED:
            raise Declined
        if self.error:
            raise Refused(Reason.PROVIDER_ERROR)
        if not self.code:
            raise Refused(Reason.DOUBTFUL_ANSWER)


def read_answer(parameters: Parameters) -> Answer:
    """Return the answer; raise Refused when a parameter stands twice, for nobody knows which one counts."""
    found: Mapping[str, list[str]] = {name: parameters.getlist(name) for name in _PARAMETERS}
    if any(len(values) > 1 for values in found.values()):
        raise Refused(Reason.DOUBTFUL_ANSWER)
    return Answer(**{name: values[0] for name, values in found.items() if values})
