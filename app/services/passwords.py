"""Passwords: argon2id, parameters from the library unless a test asks for cheap ones."""

import secrets
from functools import lru_cache

from argon2 import PasswordHasher, profiles
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app


@lru_cache(maxsize=2)
def _hasher(is_cheap: bool) -> PasswordHasher:
    return PasswordHasher.from_parameters(profiles.CHEAPEST) if is_cheap else PasswordHasher()


@lru_cache(maxsize=2)
def _hash_of_nobody(is_cheap: bool) -> str:
    return _hasher(is_cheap).hash(secrets.token_urlsafe(32))


def hash_password(password: str) -> str:
    """Return the argon2id hash to store."""
    return _hasher(_is_cheap()).hash(password)


def password_matches(stored: str | None, password: str) -> bool:
    """Compare a password with a stored hash. None takes the same time and never matches."""
    cheap = _is_cheap()
    try:
        return _hasher(cheap).verify(stored or _hash_of_nobody(cheap), password) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Say whether a hash was made with other parameters than are used now."""
    return _hasher(_is_cheap()).check_needs_rehash(stored)


def _is_cheap() -> bool:
    return bool(current_app.config.get("TESTING"))
