"""Who asks: PanDA's reading of the bearer token and the Origin header (panda-observed, section 2)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError

from app.panda.simulator.issuer import ISSUER, KEY_ID, Issuer

_INVALID = "Invalid token. "


class AuthenticationError(Exception):
    """The token is refused; the text is PanDA's."""


@dataclass(frozen=True)
class Identity:
    """The caller. distinguished_name is empty when nobody signed in."""

    distinguished_name: str = ""
    fqans: tuple[str, ...] = ()

    @property
    def is_secure(self) -> bool:
        return bool(self.distinguished_name)

    @property
    def user_name(self) -> str:
        return clean_name(self.distinguished_name)

    @property
    def is_producer(self) -> bool:
        """The production role of the top group; roles of sub-groups do not count."""
        return any(re.match(r"/[^/]+/Role=production", fqan) for fqan in self.fqans)


def clean_name(distinguished_name: str) -> str:
    """Reduce a DN to PanDA's short user name: no nickname, no certificate fields, no trailing numbers."""
    name = re.sub(r"/CN=(nickname:.*|\d+$|(limited )?proxy)", "", distinguished_name)
    name = re.sub(r"/(DC|O|OU|C|L)=[^/]+", "", name).replace("/CN=", "")
    return re.sub(r"(\s\d+|_\d+)$", "", re.sub(r"[()'\"]", "", name))


def read_token(issuer: Issuer, token: str, origin: str | None, now: float) -> Identity:
    """Check a token for the VO and role of the Origin header; raise AuthenticationError as PanDA says it."""
    vo, role = _split_origin(origin)
    if vo != issuer.vo:
        message = f"Unknown vo : {vo}"
        raise AuthenticationError(message)
    claims = _decode(issuer, token)
    if claims.get("exp", 0) <= now:
        message = f"{_INVALID}Signature has expired"
        raise AuthenticationError(message)
    if claims.get("iss") != ISSUER:
        message = f"{_INVALID}failed to decode: Invalid issuer"
        raise AuthenticationError(message)
    group = f"{vo}/{role}" if role else vo
    if not {group, f"/{group}"} & set(claims.get("groups", [])):
        message = f"Not a member of the {group} group"
        raise AuthenticationError(message)
    name = " ".join(word.capitalize() for word in claims["name"].split())
    nickname = claims.get("preferred_username", "")
    return Identity(f"{name}/CN=nickname:{nickname}", (f"/{vo}/Role={role}",) if role else ())


def _split_origin(origin: str | None) -> tuple[str, str]:
    if origin is None:
        # The real server runs into an exception here, and its text is the answer.
        raise AuthenticationError(
            "Token decode failure. 'NoneType' object has no attribute 'replace' Traceback (most recent call "
            'last):\n  File "<site-packages>/pandaserver/srvcore/panda_request.py", line 36, in decode_token'
            "\nAttributeError: 'NoneType' object has no attribute 'replace'"
        )
    # The last dot separates the role, so a bare VO name that holds dots is cut in two.
    vo, dot, role = origin.replace(":", ".").rpartition(".")
    return (vo, role) if dot else (role, "")


@lru_cache(maxsize=256)  # a signature stays what it is, and a client shows the same token again and again
def _decode(issuer: Issuer, token: str) -> Mapping[str, Any]:
    """Return the claims of a token that the issuer has signed, whatever time it is."""
    if token.count(".") != 2:
        message = f"{_INVALID}Not enough segments"
        raise AuthenticationError(message)
    try:
        key_id = jws.extract_compact(token.encode()).headers().get("kid")
    except (JoseError, ValueError) as error:
        message = f"{_INVALID}Invalid header: {error}"
        raise AuthenticationError(message) from error
    if key_id != KEY_ID:
        message = f"{_INVALID}JWK not found for kid={key_id}"
        raise AuthenticationError(message)
    try:
        return MappingProxyType(jwt.decode(token, issuer.key, algorithms=["RS256"]).claims)
    except (JoseError, ValueError) as error:
        message = f"{_INVALID}Signature verification failed"
        raise AuthenticationError(message) from error
