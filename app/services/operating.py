"""What managers do with delivery: pause it, resume it, release it after a restore."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.extensions import write_unit
from app.models import Installation, StraySend
from app.services.installation import BY_HAND, COPIED, FOREIGN_DATABASE, PASSING, READ_BACK, RESTORED
from app.services.problems import Refusal
from app.services.strays import has_open_strays

# Pauses that only a release ends.
NEEDING_RELEASE = (RESTORED, COPIED)


class PauseStands(Refusal):
    """The cause of the pause is still there, or another one is: delivery stays paused for this reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PauseChanged(Refusal):
    """Delivery is not paused for what the person saw (any more)."""


def pause_by_hand(who: str, comment: str, now: datetime) -> bool:
    """Stop sending until somebody resumes it; False when it is paused already. Commits.

    A pause that would pass by itself gives way. Raise PauseChanged before `flask prepare`.
    """
    with write_unit() as session:
        row = _locked(session)
        if row.paused_for is not None and row.paused_for not in PASSING:
            return False
        row.paused_for, row.paused_at = BY_HAND, now
        row.paused_words = f"{who}: {comment}"[:1000]
        return True


def resume(seen: str, instance_id: str, now: datetime) -> str:
    """Lift the pause that the person saw and return its reason. Commits.

    Raise PauseChanged, or PauseStands while its cause is known to be there: then it stays, or the one that
    stood behind it takes its place. Of the other causes only PanDA can tell: those pauses come again.
    """
    with write_unit() as session:
        row = _locked(session)
        if row.paused_for is None or row.paused_for != seen:
            raise PauseChanged
        standing = _standing(session, row, instance_id)
        if standing is None:
            _lift(row)
            return seen
        if standing != row.paused_for:
            row.paused_for, row.paused_at = standing, now
    raise PauseStands(standing)


def release(instance_id: str, now: datetime, up_to_id: int) -> int:
    """Declare that the sends that are not known here have been looked at, up to this row. Commits.

    Return how many. They never pause delivery again. A pause for another reason stays, and so does this one
    while there are others. Raise PauseChanged before `flask prepare`.
    """
    with write_unit() as session:
        row = _locked(session)
        seen = StraySend.released_at.is_(None), StraySend.id <= up_to_id
        result = session.execute(update(StraySend).where(*seen).values(released_at=now))
        released = int(getattr(result, "rowcount", 0))
        if row.paused_for in NEEDING_RELEASE and not has_open_strays(session):
            _lift(row)
            if row.instance_id != instance_id:
                row.paused_for, row.paused_at = FOREIGN_DATABASE, now
        return released


def comes_again(reason: str) -> bool:
    """Say whether a pause comes again at once if its cause is still there."""
    return reason in {*PASSING, READ_BACK}


def _standing(session: Session, row: Installation, instance_id: str) -> str | None:
    """Return the reason for which delivery must stay paused, as far as the database tells."""
    if row.instance_id != instance_id:
        return FOREIGN_DATABASE
    if row.paused_for in NEEDING_RELEASE:
        return row.paused_for
    return RESTORED if has_open_strays(session) else None


def _lift(row: Installation) -> None:
    row.paused_for = row.paused_at = row.paused_words = None


def _locked(session: Session) -> Installation:
    row = session.get(Installation, 1, with_for_update=True, populate_existing=True)
    if row is None:  # before `flask prepare`: nothing is sent, and no pause could be kept
        raise PauseChanged
    return row
