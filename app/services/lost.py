"""Sends whose answer was lost: what the search for them finds, and what is decided when it finds nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from app.domain.task_state import CommandState, TaskState
from app.extensions import db, write_unit
from app.models import PandaCommand, Task
from app.services.transitions import changed_one, holder_is, move

_LOST = (CommandState.UNKNOWN.value, CommandState.HELD.value)


@dataclass(frozen=True)
class SearchRules:
    """How long to wait before "not found" counts, and how often it must be seen."""

    every: timedelta
    quiet: timedelta
    between: timedelta
    passes: int
    no_control: timedelta
    resend: bool


def search_rules_from(config: Mapping[str, Any]) -> SearchRules:
    """Read the rules from the settings."""
    return SearchRules(
        every=timedelta(seconds=config["RECONCILE_EVERY_SECONDS"]),
        quiet=timedelta(minutes=config["RECONCILE_QUIET_MINUTES"]),
        between=timedelta(minutes=config["RECONCILE_PASS_MINUTES"]),
        passes=config["RECONCILE_PASSES"],
        no_control=timedelta(minutes=config["RECONCILE_NO_CONTROL_MINUTES"]),
        resend=config["RESEND_AUTOMATICALLY"],
    )


def next_lost(now: datetime) -> PandaCommand | None:
    """Return the lost command that is to be looked for next, or None."""
    return db.session.scalar(
        select(PandaCommand)
        .where(PandaCommand.state.in_(_LOST), PandaCommand.next_at <= now)
        .order_by(PandaCommand.next_at, PandaCommand.id)
        .limit(1)
    )


def control_for(command: PandaCommand) -> PandaCommand | None:
    """Return a command sent later than the lost one whose task JEDI has named: it must be findable too."""
    return db.session.scalar(
        select(PandaCommand)
        .join(Task)
        .where(
            PandaCommand.state == CommandState.ACCEPTED.value,
            PandaCommand.sent_at > command.sent_at,
            Task.panda_status.is_not(None),
        )
        .order_by(PandaCommand.sent_at.desc())
        .limit(1)
    )


def put_off(command_id: int, until: datetime) -> None:
    """Look again later; nothing was learnt. Commits."""
    with write_unit() as session:
        session.execute(update(PandaCommand).where(PandaCommand.id == command_id).values(next_at=until))


def record_not_found(
    command_id: int, had_control: bool, rules: SearchRules, epoch: int, now: datetime
) -> None:
    """Count a look that found nothing, and ask a person (or send again) when it is enough. Commits."""
    with write_unit() as session:
        command = session.get_one(PandaCommand, command_id, populate_existing=True)
        command.next_at = now + (rules.every if command.state == CommandState.UNKNOWN else rules.between)
        if command.state != CommandState.UNKNOWN:
            return
        _count_look(command, had_control, rules, now)
        without_control = command.no_control_since or now
        if command.looks >= rules.passes and rules.resend and not command.resent:
            _send_again(command_id, epoch, now)
        elif command.looks >= rules.passes:
            _hold(command_id, f"not found at PanDA in {command.looks} looks", epoch, now)
        elif now - without_control >= rules.no_control:
            _hold(command_id, "not found, and no later task of ours to compare with", epoch, now)


def _count_look(command: PandaCommand, had_control: bool, rules: SearchRules, now: datetime) -> None:
    if not had_control:
        command.no_control_since = command.no_control_since or now
        return
    command.no_control_since = None
    is_quiet = command.sent_at is not None and now - command.sent_at >= rules.quiet
    if is_quiet and (command.looked_at is None or now - command.looked_at >= rules.between):
        command.looks += 1
        command.looked_at = now


def hold_found_twice(command_id: int, panda_ids: list[int], epoch: int, now: datetime) -> None:
    """Ask a person: PanDA has more than one task with our key. Commits."""
    with write_unit():
        _hold(command_id, f"found more than once at PanDA: {panda_ids}", epoch, now)


def _hold(command_id: int, why: str, epoch: int, now: datetime) -> None:
    _leave_unknown(command_id, CommandState.HELD, TaskState.HELD, why, epoch, now)


def _send_again(command_id: int, epoch: int, now: datetime) -> None:
    why = "not found at PanDA, sent again with the same name"
    _leave_unknown(
        command_id,
        CommandState.READY,
        TaskState.QUEUED,
        why,
        epoch,
        now,
        resent=True,
        looks=0,
        looked_at=None,
    )


def _leave_unknown(
    command_id: int,
    new: CommandState,
    task_state: TaskState,
    why: str,
    epoch: int,
    now: datetime,
    **values: object,
) -> None:
    session = db.session()
    session.flush()
    decided = changed_one(
        session,
        update(PandaCommand)
        .where(
            PandaCommand.id == command_id, PandaCommand.state == CommandState.UNKNOWN.value, holder_is(epoch)
        )
        .values(state=new.value, waits_for=why, **values),
    )
    task_id = session.scalar(select(PandaCommand.task_id).where(PandaCommand.id == command_id))
    if not decided or task_id is None:
        return
    if not move(session, task_id, TaskState.UNKNOWN, task_state, now, reason=why):
        session.rollback()
