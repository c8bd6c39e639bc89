"""Secrets that must be read again: encrypted in the database, with a key that is not in it."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

# AES-256-GCM with the derived key itself (RFC 7518, sections 4.5 and 5.3).
_HEADER = {"alg": "dir", "enc": "A256GCM"}
_ALLOWED = list(_HEADER.values())


def seal(text: str, secret_key: str, purpose: str) -> str:
    """Encrypt a text. purpose: what it is and whose, so that it is worth nothing in another row."""
    return jwe.encrypt_compact(_HEADER, text.encode(), _key(secret_key, purpose), algorithms=_ALLOWED)


def unseal(sealed: str, secret_key: str, purpose: str) -> str | None:
    """Return the text; None when it was sealed with another key, for another purpose, or changed."""
    try:
        opened = jwe.decrypt_compact(sealed, _key(secret_key, purpose), algorithms=_ALLOWED)
    except (JoseError, ValueError):
        return None
    return opened.plaintext.decode() if opened.plaintext is not None else None


def _key(secret_key: str, purpose: str) -> OctKey:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
    return OctKey.import_key(derived.derive(secret_key.encode()))
