"""Tasks that are looked for a while longer: given up, or sent again and perhaps at PanDA twice."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select, update

from app.domain.task_state import CommandKind, CommandState
from app.extensions import db, write_unit
from app.models import PandaCommand, Task
from app.services.duplicates import end_watch
from app.services.lost import Lost, SearchRules, lost_of
from app.services.transitions import note_transition


@dataclass(frozen=True)
class Watched:
    """What is looked for. panda_id: of the task that was sent again; None for one that was given up."""

    sought: Lost
    panda_id: int | None
    since: datetime


def next_watched(now: datetime) -> Watched | None:
    """Return what is to be looked for next, or None."""
    is_given_up = PandaCommand.state == CommandState.GIVEN_UP.value
    was_resent = and_(PandaCommand.state == CommandState.ACCEPTED.value, PandaCommand.resent)
    command = db.session.scalar(
        select(PandaCommand)
        .where(
            PandaCommand.watch_until > now,
            PandaCommand.kind == CommandKind.SUBMIT.value,
            or_(is_given_up, was_resent),
            PandaCommand.next_at <= now,
        )
        .order_by(PandaCommand.next_at, PandaCommand.id)
        .limit(1)
    )
    if command is None:
        return None
    return Watched(lost_of(command), command.task.panda_id, command.decided_at or command.created_at)


def put_off(watched: Watched, rules: SearchRules, now: datetime) -> None:
    """Look again later: the longer nothing was found, the less often. Commits."""
    wait = max(rules.between, min(rules.longest, (now - watched.since) / 4))
    with write_unit() as session:
        session.execute(
            update(PandaCommand)
            .where(PandaCommand.id == watched.sought.command_id)
            .values(next_at=now + wait, watched_at=now)
        )


def note_found_twice(watched: Watched, panda_ids: list[int], now: datetime) -> None:
    """Write into the history of a task that PanDA has several with its key; they are looked for no more.

    Commits.
    """
    with write_unit() as session:
        shown = session.scalar(select(Task.shown_state).where(Task.id == watched.sought.task_id)) or ""
        reason = f"found more than once at PanDA: {panda_ids}"
        note_transition(session, watched.sought.task_id, shown, shown, now, reason=reason)
        end_watch(session, watched.sought.command_id, now)
