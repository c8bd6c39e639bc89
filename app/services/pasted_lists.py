"""Pasted lists of names and ids that are too long for an address."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, exists, update

from app.extensions import db, insert_missing, write_unit
from app.models import PastedList, SavedView

KEY_LENGTH = 32


def keep_list(words: Sequence[str], now: datetime) -> str:
    """Keep a list and return its key; the same words always have the same. Commits."""
    text = "\n".join(words)
    key = hashlib.sha256(text.encode()).hexdigest()[:KEY_LENGTH]
    with write_unit() as session:
        insert_missing(session, PastedList, key=key, text=text, pasted_at=now)
        session.execute(update(PastedList).where(PastedList.key == key).values(pasted_at=now))
    return key


def find_list(key: str) -> tuple[str, ...] | None:
    """Return the words of a list; None for one that is not kept (any more)."""
    found = db.session.get(PastedList, key) if len(key) == KEY_LENGTH else None
    return tuple(found.text.split("\n")) if found else None


def forget_old_lists(before: datetime) -> None:
    """Delete lists last pasted before then that no saved view names. Commits."""
    is_named = exists().where(SavedView.list_key == PastedList.key)
    with write_unit() as session:
        session.execute(delete(PastedList).where(PastedList.pasted_at < before, ~is_named))
