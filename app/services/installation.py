"""The installation's own row: whose database this is, and whether delivery is paused."""

from datetime import datetime

from sqlalchemy import select, update

from app.extensions import db, write_unit
from app.models import Installation

# Why delivery can pause itself; messages.py says each in words, with the mend.
ACCESS = "access"
READ_BACK = "read_back"
FOUND_TWICE = "found_twice"
FOREIGN_DATABASE = "foreign_database"
SERVER = "server"
BY_HAND = "by_hand"


def find_installation() -> Installation | None:
    """Return the row, or None before the first `flask prepare`."""
    return db.session.scalar(select(Installation).where(Installation.id == 1))


def create_installation(instance_id: str) -> None:
    """Make the row if it is not there. Commits."""
    with write_unit() as session:
        if session.get(Installation, 1) is None:
            session.add(Installation(id=1, instance_id=instance_id))


def pause_delivery(reason: str, words: str, now: datetime) -> None:
    """Stop sending until somebody or something lifts it; an earlier pause stays as it is. Commits."""
    with write_unit() as session:
        session.execute(
            update(Installation)
            .where(Installation.id == 1, Installation.paused_for.is_(None))
            .values(paused_for=reason, paused_at=now, paused_words=words[:1000])
        )


def resume_delivery() -> bool:
    """Lift the pause. True if there was one. Commits."""
    with write_unit() as session:
        installation = session.get(Installation, 1)
        if installation is None or installation.paused_for is None:
            return False
        installation.paused_for = installation.paused_at = installation.paused_words = None
    return True
