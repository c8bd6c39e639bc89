"""Whether the scheduled work is alive: written by the work itself, shown on every page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from app.domain.approval import OFF, ApprovalRules
from app.extensions import db, write_unit
from app.models import Installation, ScheduledWork
from app.services.waiting import Waiting, read_waiting

# Every page asks: put together once.
_WORK = select(ScheduledWork)
_INSTALLATION = select(Installation).where(Installation.id == 1)


@dataclass(frozen=True)
class Heartbeat:
    """level: ok, amber or red. beat_at: last success of the work that is worst off; None: never."""

    level: str
    is_late: bool
    beat_at: datetime | None
    worst: str | None
    worst_error: str | None
    panda_at: datetime | None
    waiting: Waiting
    paused_for: str | None
    paused_words: str | None


def expect_work(every_seconds: Mapping[str, int], now: datetime) -> None:
    """Write down which work there is, by name: what never begins shows too. Forget all other. Commits."""
    with write_unit() as session:
        session.execute(delete(ScheduledWork).where(ScheduledWork.name.not_in(every_seconds)))
        known = set(session.scalars(select(ScheduledWork.name)))
        for name in every_seconds.keys() - known:
            session.add(ScheduledWork(name=name, every_seconds=every_seconds[name], begun_at=now))


def note_begun(name: str, every_seconds: int, now: datetime) -> None:
    """Write down that a piece of scheduled work begins a run, should it freeze in it. Commits."""
    with write_unit() as session:
        session.merge(ScheduledWork(name=name, every_seconds=every_seconds, begun_at=now))


def note_success(name: str, every_seconds: int, now: datetime, begun_at: datetime | None = None) -> None:
    """Write down that a piece of scheduled work did its work. begun_at: of a run that goes on. Commits."""
    row = ScheduledWork(name=name, every_seconds=every_seconds, begun_at=begun_at, last_good_at=now)
    with write_unit() as session:
        session.merge(row)


def note_failure(name: str, every_seconds: int, error: str, now: datetime) -> None:
    """Write down that a piece of scheduled work failed. Commits."""
    row = ScheduledWork(name=name, every_seconds=every_seconds, begun_at=None)
    row.last_error_at, row.last_error = now, error[:500]
    with write_unit() as session:
        session.merge(row)


def read_heartbeat(
    now: datetime, amber_seconds: int, red_seconds: int, approval: ApprovalRules = OFF
) -> Heartbeat:
    """Read the health of the scheduled work as pages show it."""
    amber, red = timedelta(seconds=amber_seconds), timedelta(seconds=red_seconds)
    worst = _worst(now, amber)
    installation = db.session.scalar(_INSTALLATION)
    waiting = read_waiting(approval)
    paused_for = installation.paused_for if installation else None
    late = _late_by(worst, now) if worst else timedelta.max
    level = _level(late, amber, red)
    if level == "ok" and (waiting.undecided or (worst and is_failing(worst))):
        level = "amber"
    return Heartbeat(
        level="red" if paused_for else level,
        is_late=late > amber,
        beat_at=worst.last_good_at if worst else None,
        worst=worst.name if worst else None,
        worst_error=worst.last_error if worst and is_failing(worst) else None,
        panda_at=installation.panda_answered_at if installation else None,
        waiting=waiting,
        paused_for=paused_for,
        paused_words=installation.paused_words if installation else None,
    )


def _worst(now: datetime, amber: timedelta) -> ScheduledWork | None:
    """Return the work that is latest; while none is late, one that failed the last time."""

    def how_bad(row: ScheduledWork) -> tuple[bool, bool, timedelta]:
        late = _late_by(row, now)
        return late > amber, is_failing(row), late

    return max(db.session.scalars(_WORK), key=how_bad, default=None)


def _late_by(row: ScheduledWork, now: datetime) -> timedelta:
    """Return how long ago it should have been done; a run that lasts for so long is no better."""
    if row.last_good_at is None:
        return abs(now - row.begun_at) if row.begun_at else timedelta.max
    # A success in the future was written by a clock that ran ahead: it vouches for nothing.
    since_good = abs(now - row.last_good_at) - timedelta(seconds=row.every_seconds)
    return max(since_good, abs(now - row.begun_at)) if row.begun_at else since_good


def is_failing(row: ScheduledWork) -> bool:
    return row.last_error_at is not None and (
        row.last_good_at is None or row.last_error_at > row.last_good_at
    )


def _level(late: timedelta, amber: timedelta, red: timedelta) -> str:
    if late > red:
        return "red"
    return "amber" if late > amber else "ok"
