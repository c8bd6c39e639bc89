"""The ID token: signature, and each claim that ties it to us, to now and to this sign-in."""

import hmac
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, ClaimError, JoseError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry

from app.iam.errors import Reason, Refused

# How far the two clocks may differ; how long a token may have been on its way. Seconds.
LEEWAY = 120
OLDEST = 600
LONGEST_SUBJECT = 255

# What a wrong claim means. Anything else: the token has not the shape it must have.
_REASONS = {
    "iss": Reason.ISSUER,
    "sub": Reason.SUBJECT,
    "aud": Reason.AUDIENCE,
    "azp": Reason.AUDIENCE,
    "nonce": Reason.NONCE,
    "exp": Reason.AGE,
    "iat": Reason.AGE,
    "nbf": Reason.AGE,
    "auth_time": Reason.AGE,
    "at_hash": Reason.TOKEN_HASH,
}

FindKey = Callable[[object], Key | None]


class IdTokenCheck:
    """What a token must say to be ours."""

    def __init__(self, issuer: str, client_id: str, algorithms: Sequence[str]) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._algorithms = list(algorithms)

    def claims(
        self, token: object, access_token: str, nonce: str, find_key: FindKey, now: datetime
    ) -> dict[str, Any]:
        """Return the claims of a token that passes every check; raise Refused otherwise.

        find_key: key id (None: the token names none) → key, or None.
        """
        if not isinstance(token, str) or not token:
            raise Refused(Reason.NO_ID_TOKEN)
        header = self._checked_header(token)
        claims = self._signed_claims(token, header, find_key)
        self._check_shapes(claims)
        self._check_claims(header, claims, access_token, nonce, now)
        return claims

    def _checked_header(self, token: str) -> Mapping[str, Any]:
        try:
            header = jws.extract_compact(token.encode()).headers()
        except (JoseError, ValueError, TypeError, RecursionError):
            raise Refused(Reason.WRONG_SHAPE) from None
        if header.get("alg") not in self._algorithms:
            raise Refused(Reason.ALGORITHM)
        if str(header.get("typ", "JWT")).lower() not in {"jwt", "application/jwt"}:
            raise Refused(Reason.OTHER_TOKEN)  # "at+jwt" is an access token (RFC 9068)
        return header

    def _signed_claims(self, token: str, header: Mapping[str, Any], find_key: FindKey) -> dict[str, Any]:
        key = find_key(header.get("kid"))
        if key is None:
            raise Refused(Reason.UNKNOWN_KEY)
        registry = JWSRegistry(algorithms=self._algorithms, strict_check_header=False)
        try:
            return dict(jwt.decode(token, key, registry=registry).claims)
        except BadSignatureError:
            raise Refused(Reason.SIGNATURE) from None
        except (JoseError, ValueError, TypeError, RecursionError):
            raise Refused(Reason.WRONG_SHAPE) from None

    def _check_shapes(self, claims: Mapping[str, Any]) -> None:
        """Refuse what the library would take, or stumble over: it leaves the shape of most claims open."""
        for name in ("exp", "iat", "nbf", "auth_time"):
            if name in claims and not _is_moment(claims[name]):
                raise Refused(_REASONS[name])
        if claims.get("aud") not in (self._client_id, [self._client_id]):
            raise Refused(Reason.AUDIENCE)  # one for us and others too could be used by them
        if "azp" in claims and claims["azp"] != self._client_id:
            raise Refused(Reason.AUDIENCE)
        if not isinstance(claims.get("at_hash", ""), str):
            raise Refused(Reason.TOKEN_HASH)
        if not is_subject(claims.get("sub")):
            raise Refused(Reason.SUBJECT)

    def _check_claims(
        self, header: Mapping[str, Any], claims: dict[str, Any], access_token: str, nonce: str, now: datetime
    ) -> None:
        said = claims.get("nonce")
        if not isinstance(said, str) or not said.isascii() or not hmac.compare_digest(said, nonce):
            raise Refused(Reason.NONCE)
        seconds = int(now.timestamp())
        wanted = {"iss": {"essential": True, "value": self._issuer}}
        about = {"nonce": nonce, "client_id": self._client_id, "access_token": access_token}
        try:
            CodeIDToken(claims, header, wanted, about).validate(now=seconds, leeway=LEEWAY)
        except ClaimError as error:
            raise Refused(_REASONS.get(str(error.claim), Reason.WRONG_SHAPE)) from None
        except (JoseError, ValueError, TypeError):
            raise Refused(Reason.WRONG_SHAPE) from None
        if claims["iat"] < seconds - OLDEST:
            raise Refused(Reason.AGE)


def check_asked_anew(claims: Mapping[str, Any], begun_at: datetime) -> None:
    """Raise Refused unless the person signed in at the provider after this attempt was begun.

    The address that asked for it went through the browser, where it may have been changed.
    """
    signed_in_at = claims.get("auth_time")
    if signed_in_at is None or signed_in_at < begun_at.timestamp() - LEEWAY:
        raise Refused(Reason.NOT_ASKED_ANEW)


def is_subject(value: object) -> bool:
    """Say whether this can name somebody (Core, section 2): 1 to 255 visible ASCII characters."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= LONGEST_SUBJECT
        and value.isascii()
        and value.isprintable()
    )


def _is_moment(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
