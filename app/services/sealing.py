"""Secrets that must be read again: encrypted in the database, with a key that is not in it."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def seal(text: str, secret_key: str, purpose: str) -> str:
    """Encrypt a text. purpose: what it is and whose, so that it is worth nothing in another row."""
    return _cipher(secret_key, purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, secret_key: str, purpose: str) -> str | None:
    """Return the text; None when it was sealed with another key, for another purpose, or changed."""
    try:
        return _cipher(secret_key, purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _cipher(secret_key: str, purpose: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
    return Fernet(base64.urlsafe_b64encode(derived.derive(secret_key.encode())))
