"""Tasks of ours that PanDA aborted because another one has their name: that one may be ours as well."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.duplicate import survivor_of
from app.domain.task_state import CommandKind, CommandState, TaskState
from app.extensions import db, write_unit
from app.models import Alarm, PandaCommand, Task
from app.services.transitions import changed_one, note_transition

ABORTED = "aborted"


@dataclass(frozen=True)
class Duplicate:
    """A task of ours that PanDA aborted. survivor: the id it kept; key: our own."""

    task_id: int
    command_id: int
    key: str
    panda_id: int
    survivor: int


def open_duplicates(now: datetime, watch: timedelta, limit: int) -> list[Duplicate]:
    """Return the tasks aborted as duplicates lately of which nobody has seen what PanDA kept instead."""
    found = db.session.execute(
        select(Task.id, PandaCommand.id, PandaCommand.key, Task.panda_id, Task.error_dialog)
        .join(PandaCommand)
        .where(
            Task.shown_state == ABORTED,
            Task.updated_at > now - watch,
            Task.error_dialog.contains("duplicated task ->", autoescape=True),
            PandaCommand.kind == CommandKind.SUBMIT.value,
            PandaCommand.state == CommandState.ACCEPTED.value,
            or_(PandaCommand.watch_until.is_(None), PandaCommand.watch_until > now),
        )
        .order_by(Task.updated_at)
        .limit(limit)
    )
    return [
        Duplicate(task_id, command_id, key, panda_id or 0, survivor)
        for task_id, command_id, key, panda_id, dialog in found
        if (survivor := survivor_of(dialog)) is not None
    ]


def adopt_survivor(duplicate: Duplicate, now: datetime) -> bool:
    """Follow the task that PanDA kept. False is an alarm: another task of ours has that one. Commits."""
    try:
        with write_unit() as session:
            _follow(session, duplicate, now)
    except IntegrityError:
        return False
    return True


def _follow(session: Session, duplicate: Duplicate, now: datetime) -> None:
    of_this_id = Task.panda_id == duplicate.panda_id, Task.state == TaskState.SUBMITTED.value
    why = f"PanDA kept task {duplicate.survivor} and aborted task {duplicate.panda_id} as its duplicate"
    statement = (
        update(Task)
        .where(Task.id == duplicate.task_id, *of_this_id)
        .values(
            panda_id=duplicate.survivor, panda_status=None, shown_state=TaskState.SUBMITTED.value,
            state_as_of=now, updated_at=now, error_dialog=None, verified_at=None, refresh_due_at=now,
            confirmed_at=None, version=Task.version + 1,
        )
    )  # fmt: skip
    if changed_one(session, statement):
        submitted = TaskState.SUBMITTED.value
        note_transition(session, duplicate.task_id, ABORTED, submitted, now, reason=why)


def note_foreign_namesake(duplicate: Duplicate, now: datetime) -> None:
    """Say that what PanDA kept is not ours: on the task, and as an alarm. It is looked at once. Commits."""
    why = f"another task at PanDA has this name: {duplicate.survivor}"
    with write_unit() as session:
        note_transition(session, duplicate.task_id, ABORTED, ABORTED, now, reason=why)
        session.merge(
            Alarm(
                kind=f"namesake {duplicate.task_id}", since=now, words=f"task {duplicate.task_id}: {why}",
                mailed_at=None,
            )
        )  # fmt: skip
        end_watch(session, duplicate.command_id, now)


def end_watch(session: Session, command_id: int, now: datetime) -> None:
    """Look no more for a second task of this command. Does not commit."""
    session.execute(update(PandaCommand).where(PandaCommand.id == command_id).values(watch_until=now))
