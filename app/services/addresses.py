"""The address of an account that was registered with somebody else's: one that nobody can have.

Such an account waits like any other, until it is deleted; no link is ever sent for it. So nobody who
registers learns whether an address has an account.
"""

import re
import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import User

# What User.email holds.
LONGEST = 254
# The domain "invalid" leads nowhere, for ever (RFC 2606).
_ENDING = re.compile(r"\.[0-9a-f]{16}\.taken\.invalid\Z")
_ENDING_LENGTH = len(".0123456789abcdef.taken.invalid")


def unreachable(address: str) -> str:
    """Return an address that nobody can have and no other account has; it still says which was typed."""
    return f"{address[: LONGEST - _ENDING_LENGTH]}.{secrets.token_hex(8)}.taken.invalid"


def address_typed(user: User) -> str:
    """Return the address that a person registered with, whoever has it."""
    return _ENDING.sub("", user.email)


def is_unreachable(user: User) -> bool:
    """Say whether the address that a person registered with belongs to another account."""
    return _ENDING.search(user.email) is not None


def find_in_vain(session: Session, address: str) -> list[User]:
    """Return the accounts that were registered with an address which has another."""
    waiting = select(User).where(User.email.startswith(f"{address}.", autoescape=True))
    return [user for user in session.scalars(waiting) if _ENDING.search(user.email)]
