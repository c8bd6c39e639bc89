"""The public keys of the provider."""

from collections.abc import Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from app.iam.errors import Unavailable

# Keys with a public half. A shared secret ("oct") would sign as well as the provider does.
_TYPES = {"RSA", "EC"}
_MOST_KEYS = 100


class Keys:
    """Keys by their id. Only the id in a token is heeded: keys or addresses of keys in it are not."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Raise Unavailable when there is no usable key; keys of kinds we do not know are left out."""
        listed = document.get("keys")
        found = [_imported(key) for key in listed[:_MOST_KEYS]] if isinstance(listed, list) else []
        self._keys = [(key_id, key) for key_id, key in found if key is not None]
        if not self._keys:
            raise Unavailable("it has no usable keys")

    def find(self, key_id: object) -> Key | None:
        """Return the key of this id, or None. Without an id: the only key there is."""
        fitting = [key for name, key in self._keys if key_id is None or name == key_id]
        return fitting[0] if len(fitting) == 1 else None


def _imported(data: object) -> tuple[object, Key | None]:
    if not isinstance(data, dict) or data.get("kty") not in _TYPES or data.get("use", "sig") != "sig":
        return None, None
    try:
        return data.get("kid"), JWKRegistry.import_key(data)
    except (JoseError, ValueError, TypeError):
        return None, None
