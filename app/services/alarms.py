"""Which alarms are on, read off the rows of the database alone, and which of them were told."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import aliased

from app.domain.alarm import AlarmKind, AlarmLimits, Finding
from app.domain.approval import ApprovalRules
from app.domain.permission import Role
from app.domain.task_state import FINAL_STATUSES, CommandState
from app.extensions import db, insert_missing, write_unit
from app.models import Alarm, Holder, Installation, PandaCommand, Task, User
from app.services.heartbeat import Heartbeat, read_heartbeat
from app.services.waiting import UNDECIDED

LONGEST_WORDS = 500
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Recipient:
    """Whom alarms are mailed to, and in which language."""

    address: str
    language: str


def limits_of(config: Mapping[str, Any]) -> AlarmLimits:
    """Read the limits from config.py."""
    return AlarmLimits(
        beat=timedelta(seconds=config["HEARTBEAT_RED_SECONDS"]),
        panda=timedelta(minutes=config["ALARM_PANDA_MINUTES"]),
        waiting=timedelta(minutes=config["ALARM_WAITING_MINUTES"]),
        undecided=timedelta(minutes=config["ALARM_UNDECIDED_MINUTES"]),
        approval=ApprovalRules.from_settings(config),
    )


def find_alarms(limits: AlarmLimits, now: datetime) -> list[Finding]:
    """Return the alarms that are on. Raise SQLAlchemyError: then the database is one."""
    seconds = int(limits.beat.total_seconds())
    beat = read_heartbeat(now, seconds, seconds, limits.approval)
    found = (
        _no_beat(beat, now),
        _panda(limits, now),
        _waiting(limits, now),
        _undecided(limits, now),
        _paused(now),
    )
    return [finding for finding in found if finding is not None]


def _minutes(since: datetime, now: datetime) -> int:
    return max(0, (now - since) // MINUTE)


def _no_beat(beat: Heartbeat, now: datetime) -> Finding | None:
    if not beat.is_late:
        return None
    minutes = _minutes(beat.beat_at, now) if beat.beat_at else None
    return Finding(
        AlarmKind.NO_BEAT, minutes, name=beat.worst or "", words=(beat.worst_error or "")[:LONGEST_WORDS]
    )


def _panda(limits: AlarmLimits, now: datetime) -> Finding | None:
    """Before the first answer of all, time is counted from when the scheduled work began."""
    answered_at = db.session.scalar(select(Installation.panda_answered_at).where(Installation.id == 1))
    since = answered_at or db.session.scalar(select(Holder.since).where(Holder.id == 1))
    if since is None or now - since <= limits.panda:
        return None
    return Finding(AlarmKind.PANDA, _minutes(since, now))


def _waiting(limits: AlarmLimits, now: datetime) -> Finding | None:
    """A task waits for its turn; one whose parent or twin is still at work waits for that, as it should."""
    parent, twin = aliased(Task), aliased(Task)
    may_be_sent = or_(Task.parent_id.is_(None), parent.shown_state.in_(FINAL_STATUSES))
    is_tested = or_(
        Task.waits_for_id.is_(None), Task.test_waived_at.is_not(None), twin.shown_state.in_(FINAL_STATUSES)
    )
    query = (
        select(func.count(), func.min(PandaCommand.created_at))
        .join(PandaCommand.task)
        .outerjoin(parent, Task.parent_id == parent.id)
        .outerjoin(twin, Task.waits_for_id == twin.id)
        .where(PandaCommand.state == CommandState.READY.value, may_be_sent, is_tested, *_is_approved(limits))
        .where(PandaCommand.created_at < now - limits.waiting)
    )
    return _of_oldest(AlarmKind.WAITING, db.session.execute(query).one(), now)


def _is_approved(limits: AlarmLimits) -> list[ColumnElement[bool]]:
    """A task that waits for a manager is no trouble of the delivery."""
    if not limits.approval.is_on:
        return []
    return [or_(Task.approved_at.is_not(None), Task.jobs < limits.approval.from_jobs, PandaCommand.resent)]


def _undecided(limits: AlarmLimits, now: datetime) -> Finding | None:
    sent_at: ColumnElement[Any] = func.coalesce(PandaCommand.sent_at, PandaCommand.created_at)
    query = select(func.count(), func.min(PandaCommand.created_at)).where(
        PandaCommand.state.in_(UNDECIDED), sent_at < now - limits.undecided
    )
    return _of_oldest(AlarmKind.UNDECIDED, db.session.execute(query).one(), now)


def _of_oldest(kind: AlarmKind, row: Any, now: datetime) -> Finding | None:
    count, oldest = row
    return Finding(kind, _minutes(oldest, now), count=count) if count else None


def _paused(now: datetime) -> Finding | None:
    row = db.session.get(Installation, 1)
    if row is None or row.paused_for is None:
        return None
    minutes = _minutes(row.paused_at, now) if row.paused_at else None
    words = (row.paused_words or "")[:LONGEST_WORDS]
    return Finding(AlarmKind.PAUSED, minutes, name=row.paused_for, words=words)


def find_recipients() -> list[Recipient]:
    """Return the active admins that have an address."""
    may_be_told = User.is_disabled.is_(False), User.email_confirmed_at.is_not(None), User.email != ""
    admins = select(User.email, User.language).where(User.role == Role.ADMIN.value, *may_be_told)
    return [
        Recipient(email, language or "en") for email, language in db.session.execute(admins.order_by(User.id))
    ]


# --- what was told ---------------------------------------------------------------------------------------


def take_begun(sentences: Mapping[AlarmKind, str], now: datetime) -> list[AlarmKind]:
    """Write down the alarms that are on; return those that were not told yet, now taken to be told. Commits.

    sentences: of all that are on. Of two checks at once one takes an alarm.
    """
    with write_unit() as session:
        for kind, words in sentences.items():
            insert_missing(session, Alarm, kind=kind.value, since=now, words=words)
    return [kind for kind in sentences if _change(update(Alarm).where(*_untold(kind)).values(mailed_at=now))]


def take_ended(still_on: Collection[AlarmKind]) -> list[Alarm]:
    """Forget the alarms that are over; return those whose beginning was told. Commits."""
    over = select(Alarm).where(Alarm.kind.not_in([kind.value for kind in still_on]))
    rows = [_loose(row) for row in db.session.scalars(over.order_by(Alarm.since))]
    return [row for row in rows if _forget(row) and row.mailed_at is not None]


def put_back(begun: Collection[AlarmKind], ended: Sequence[Alarm]) -> None:
    """Nobody could be told: it is tried again at the next check. Commits."""
    with write_unit() as session:
        kinds = [kind.value for kind in begun]
        session.execute(update(Alarm).where(Alarm.kind.in_(kinds)).values(mailed_at=None))
        for row in ended:
            insert_missing(
                session, Alarm, kind=row.kind, since=row.since, words=row.words, mailed_at=row.mailed_at
            )


def _untold(kind: AlarmKind) -> tuple[ColumnElement[bool], ...]:
    return Alarm.kind == kind.value, Alarm.mailed_at.is_(None)


def _forget(row: Alarm) -> bool:
    return _change(delete(Alarm).where(Alarm.kind == row.kind, Alarm.since == row.since))


def _change(statement: Any) -> bool:
    with write_unit() as session:
        return getattr(session.execute(statement), "rowcount", 0) == 1


def _loose(row: Alarm) -> Alarm:
    return Alarm(kind=row.kind, since=row.since, words=row.words, mailed_at=row.mailed_at)
