"""What the provider says of itself (OpenID Connect Discovery), as far as it is believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.iam.errors import Reason, Refused, Unavailable
from app.network.address import checked_address

_NEEDED = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


@dataclass(frozen=True)
class Metadata:
    """Its addresses. The algorithms it lists are left out on purpose: our settings say which are allowed."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None
    # It says who it is in every answer (RFC 9207).
    names_issuer: bool
    # How our client shows its secret.
    client_method: str


def address_of_metadata(issuer: str) -> str:
    """Return where the metadata stand (Discovery 1.0, section 4)."""
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


def checked_metadata(document: Mapping[str, Any], issuer: str) -> Metadata:
    """Return the metadata. Raise Refused for another issuer or an insecure address, Unavailable for less."""
    if document.get("issuer") != issuer:
        raise Refused(Reason.METADATA_ISSUER)
    if any(not isinstance(document.get(name), str) for name in _NEEDED):
        raise Unavailable("an address is missing in its metadata")
    ending = document.get("end_session_endpoint")
    return Metadata(
        issuer=issuer,
        **{name: _checked(document[name]) for name in _NEEDED},
        end_session_endpoint=_checked(ending) if isinstance(ending, str) else None,
        names_issuer=document.get("authorization_response_iss_parameter_supported") is True,
        client_method=_client_method(document.get("token_endpoint_auth_methods_supported")),
    )


def _checked(address: str) -> str:
    try:
        checked_address(address, with_secret=True)
    except ValueError:
        raise Refused(Reason.METADATA_ADDRESS) from None
    return address


def _client_method(known: object) -> str:
    """Return the default of OpenID Connect, unless only the other one is known."""
    if isinstance(known, list) and "client_secret_basic" not in known and "client_secret_post" in known:
        return "client_secret_post"
    return "client_secret_basic"
