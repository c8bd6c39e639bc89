"""Sends of this installation that its database does not know: nothing is sent until somebody has looked."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from app.extensions import db, write_unit
from app.models import StraySend
from app.services.installation import RESTORED, pause_delivery

FROM_JOURNAL, FROM_PANDA = "journal", "panda"
# Names are looked up so many at a time.
AT_ONCE = 1000


def note_strays(rows: list[StraySend]) -> int:
    """List sends that are not known here; those listed before, released or not, stay as they are.

    Return how many are new. Commits.
    """
    with write_unit() as session:
        keys = [row.key for row in rows]
        listed = set(session.scalars(select(StraySend.key).where(StraySend.key.in_(keys))))
        new = [row for row in rows if row.key not in listed]
        session.add_all(new)
        return len(new)


def note_stray_at_panda(key: str, panda_id: int, name: str, now: datetime) -> bool:
    """List a task at PanDA that has our key and is not known here, and pause; False if it is no news.

    Commits.
    """
    row = StraySend(
        key=key[:64], found_in=FROM_PANDA, panda_id=panda_id, name=name[:256] or None, found_at=now
    )
    if note_strays([row]):
        pause_delivery(RESTORED, f"PanDA task {panda_id} was sent from here, but is not known here", now)
        return True
    with write_unit() as session:
        listed = StraySend.key == key[:64], StraySend.panda_id.is_(None)
        session.execute(update(StraySend).where(*listed).values(panda_id=panda_id))
    return False


def has_open_strays(session: Session) -> bool:
    """Say whether there are sends that nobody has released."""
    return session.scalar(_open().with_only_columns(StraySend.id).limit(1)) is not None


def count_strays() -> int:
    """Count the sends that nobody has released."""
    return db.session.scalar(select(func.count()).where(StraySend.released_at.is_(None))) or 0


def open_strays(limit: int) -> list[StraySend]:
    """Return the sends that are not known here and that nobody has released, oldest first."""
    return list(db.session.scalars(_open().order_by(StraySend.id).limit(limit)))


def burnt_names(names: Iterable[str]) -> set[str]:
    """Return those of the names that PanDA has had from here, although no task has them any more."""
    wanted = sorted(set(names))
    found: set[str] = set()
    for start in range(0, len(wanted), AT_ONCE):
        some = select(StraySend.name).where(StraySend.name.in_(wanted[start : start + AT_ONCE]))
        found |= {name for name in db.session.scalars(some) if name}
    return found


def is_burnt(name: str) -> bool:
    """Say whether PanDA has had a task of this name from here that no task here has any more."""
    return bool(burnt_names([name]))


def _open() -> Select[StraySend]:
    return select(StraySend).where(StraySend.released_at.is_(None))
