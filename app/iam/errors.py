"""Why a sign-in through the identity provider came to nothing. No secret stands in any of them."""

from enum import StrEnum


class Reason(StrEnum):
    """Why an answer was refused, as it stands in the events; docs/spd-iam.md says more about each."""

    # What comes back with the browser.
    NOT_BEGUN_HERE = "the sign-in was not begun in this browser"
    TOO_LATE = "the sign-in was begun too long ago"
    USED_BEFORE = "the answer was used before"
    DOUBTFUL_ANSWER = "a parameter of the answer is missing or stands twice"
    OTHER_ISSUER = "the answer comes from another issuer"
    PROVIDER_ERROR = "the provider reported an error"
    # Its metadata.
    METADATA_ISSUER = "the metadata are those of another issuer"
    METADATA_ADDRESS = "an address in the metadata is not secure"
    # Its answers to us.
    REDIRECTED = "the provider sent us elsewhere"
    TOO_LARGE = "an answer was too large"
    CODE_REFUSED = "the provider refused the code"
    CLIENT_REFUSED = "the provider refused our client"
    WRONG_SHAPE = "an answer has not the shape it must have"
    TOKEN_TYPE = "the token is not a bearer token"  # noqa: S105  words
    # The ID token.
    NO_ID_TOKEN = "there is no ID token"  # noqa: S105
    ALGORITHM = "the ID token is signed in a way that is not allowed"
    UNKNOWN_KEY = "the ID token is signed with an unknown key"
    SIGNATURE = "the signature of the ID token is wrong"
    OTHER_TOKEN = "another kind of token stands for the ID token"  # noqa: S105
    ISSUER = "the ID token is from another issuer"
    AUDIENCE = "the ID token is for somebody else"
    NONCE = "the ID token belongs to another sign-in"
    AGE = "the ID token is too old or not yet valid"
    SUBJECT = "the ID token names nobody"
    TOKEN_HASH = "the ID token belongs to another access token"  # noqa: S105
    NOT_ASKED_ANEW = "the provider did not ask the person anew"
    # The user's data.
    NO_USERINFO = "the provider tells nothing about the person"
    OTHER_PERSON = "the provider tells about another person"


class IamError(Exception):
    """Base of all that can go wrong."""


class Refused(IamError):
    """An answer that must not be believed. `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Unavailable(IamError):
    """The provider does not answer, not in time, or not with what it is for. Trying again may help."""


class Declined(IamError):
    """The person said no at the provider, or may not come in there."""
