"""The installation's own row: whose database this is, and whether delivery is paused."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, func, or_, select, update

from app.domain.command import STOPPING
from app.domain.task_state import CommandKind
from app.extensions import db, write_unit
from app.models import Installation
from app.services.transitions import changed_one, holder_is

# Why delivery can pause itself; messages.py says each in words, with the mend.
ACCESS = "access"
READ_BACK = "read_back"
FOUND_TWICE = "found_twice"
FOREIGN_DATABASE = "foreign_database"
SERVER = "server"
UNANSWERED = "unanswered"
RESTORED = "restored"
COPIED = "copied"
BY_HAND = "by_hand"

# Pauses that end by themselves when PanDA accepts us again; all others wait for a person.
PASSING = (ACCESS, SERVER, UNANSWERED)

# What the row holds of a PanDA that answers.
PANDA_IS_THERE = {"panda_away_since": None, "panda_away_words": None, "panda_next_try_at": None}

# Put together once: asked before each send.
_MAY_SUBMIT = select(Installation.id).where(
    Installation.id == 1, Installation.paused_for.is_(None), holder_is(bindparam("epoch"))
)

# Pauses that are about what is submitted: what stops a task goes out all the same.
_OF_SUBMISSIONS = (READ_BACK, FOUND_TWICE, BY_HAND)


def find_installation() -> Installation | None:
    """Return the row, or None before the first `flask prepare`."""
    return db.session.scalar(select(Installation).where(Installation.id == 1))


def create_installation(instance_id: str) -> None:
    """Make the row if it is not there. Commits."""
    with write_unit() as session:
        if session.get(Installation, 1) is None:
            session.add(Installation(id=1, instance_id=instance_id))


def kinds_to_send() -> frozenset[CommandKind]:
    """Return what may be carried out: all, what stops a task, or nothing (before `flask prepare` too)."""
    found = db.session.execute(select(Installation.paused_for).where(Installation.id == 1)).one_or_none()
    if found is None:
        return frozenset()
    if found.paused_for is None:
        return frozenset(CommandKind)
    return STOPPING if found.paused_for in _OF_SUBMISSIONS else frozenset()


def may_submit(epoch: int) -> bool:
    """Say whether nothing is paused and the scheduled work is still held in this epoch. One statement."""
    return db.session.scalar(_MAY_SUBMIT, {"epoch": epoch}) is not None


def pause_delivery(reason: str, words: str, now: datetime) -> None:
    """Stop sending until somebody or something lifts it. Commits.

    An earlier pause stays as it is, but one that would pass by itself gives way to one that does not.
    """
    may_be_replaced: ColumnElement[bool] = Installation.paused_for.is_(None)
    if reason not in PASSING:
        may_be_replaced = or_(may_be_replaced, Installation.paused_for.in_(PASSING))
    with write_unit() as session:
        session.execute(
            update(Installation)
            .where(Installation.id == 1, may_be_replaced)
            .values(paused_for=reason, paused_at=now, paused_words=words[:1000])
        )


def resume_delivery(reasons: Collection[str] | None = None) -> bool:
    """Lift the pause, or only one for these reasons. True if there was one. Commits."""
    is_meant = (
        Installation.paused_for.is_not(None) if reasons is None else Installation.paused_for.in_(reasons)
    )
    with write_unit() as session:
        return changed_one(
            session,
            update(Installation)
            .where(Installation.id == 1, is_meant)
            .values(paused_for=None, paused_at=None, paused_words=None),
        )


def note_panda_away(words: str, next_try_at: datetime, now: datetime) -> None:
    """Write down that PanDA cannot be reached, for the pages. Commits."""
    with write_unit() as session:
        session.execute(
            update(Installation)
            .where(Installation.id == 1)
            .values(
                panda_away_since=func.coalesce(Installation.panda_away_since, now),
                panda_away_words=words[:1000],
                panda_next_try_at=next_try_at,
            )
        )


def note_panda_back() -> None:
    """Write down that PanDA can be reached again. Commits."""
    with write_unit() as session:
        session.execute(update(Installation).where(Installation.id == 1).values(**PANDA_IS_THERE))
