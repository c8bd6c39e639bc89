"""Sends whose answer was lost: what the search for them finds, and what is decided when it finds nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.domain.task_state import CommandKind, CommandState, TaskState
from app.extensions import db, write_unit
from app.models import PandaCommand, Task
from app.services.intent import SENT_AGAIN
from app.services.transitions import holder_is, move

_LOST = (CommandState.UNKNOWN.value, CommandState.HELD.value)
_OF_SUBMISSIONS = PandaCommand.kind == CommandKind.SUBMIT.value


@dataclass(frozen=True)
class SearchRules:
    """How long to wait before "not found" counts, and how often it must be seen."""

    every: timedelta
    quiet: timedelta
    between: timedelta
    passes: int
    no_control: timedelta
    resend: bool
    watch: timedelta = timedelta(days=7)
    longest: timedelta = timedelta(hours=12)


def search_rules_from(config: Mapping[str, Any]) -> SearchRules:
    """Read the rules from the settings."""
    return SearchRules(
        every=timedelta(seconds=config["RECONCILE_EVERY_SECONDS"]),
        quiet=timedelta(minutes=config["RECONCILE_QUIET_MINUTES"]),
        between=timedelta(minutes=config["RECONCILE_PASS_MINUTES"]),
        passes=config["RECONCILE_PASSES"],
        no_control=timedelta(minutes=config["RECONCILE_NO_CONTROL_MINUTES"]),
        resend=config["RESEND_AUTOMATICALLY"],
        watch=timedelta(days=config["DUPLICATE_WATCH_DAYS"]),
        longest=timedelta(hours=config["WATCH_LONGEST_HOURS"]),
    )


@dataclass(frozen=True)
class Lost:
    """A send whose answer was lost. low_id: the highest PanDA id known when it was sent.

    given_up_at: when a person took it as lost; it is looked for a while longer.
    """

    command_id: int
    task_id: int
    key: str
    name: str
    low_id: int
    sent_at: datetime
    is_held: bool
    given_up_at: datetime | None = None


def next_lost(now: datetime, longest_wait: timedelta) -> Lost | None:
    """Return the lost send that is to be looked for next, or None.

    No wait is as long as longest_wait: a moment further away was written by a clock that ran ahead.
    """
    is_due = or_(PandaCommand.next_at <= now, PandaCommand.next_at > now + longest_wait)
    command = db.session.scalar(
        select(PandaCommand)
        .where(_OF_SUBMISSIONS, PandaCommand.state.in_(_LOST), is_due)
        .order_by(PandaCommand.next_at, PandaCommand.id)
        .limit(1)
    )
    return None if command is None else lost_of(command)


def lost_of(command: PandaCommand) -> Lost:
    """Return what the search for a command's task needs."""
    is_given_up = command.state == CommandState.GIVEN_UP.value
    return Lost(
        command_id=command.id,
        task_id=command.task_id,
        key=command.key,
        name=command.task.name,
        low_id=command.low_id or 0,
        sent_at=command.sent_at or command.created_at,
        is_held=command.state == CommandState.HELD.value,
        given_up_at=command.decided_at if is_given_up else None,
    )


def control_for(lost: Lost) -> str | None:
    """Return the key of a task sent later than the lost one and named by JEDI: it must be findable too."""
    return db.session.scalar(
        select(PandaCommand.key)
        .join(Task)
        .where(
            _OF_SUBMISSIONS,
            PandaCommand.state == CommandState.ACCEPTED.value,
            PandaCommand.sent_at > lost.sent_at,
            # PanDA's ids rise: a clock that was put back cannot make an earlier task a later one.
            Task.panda_id > lost.low_id,
            Task.panda_status.is_not(None),
        )
        .order_by(PandaCommand.sent_at.desc())
        .limit(1)
    )


def wait_before_next_look(lost: Lost, rules: SearchRules, now: datetime) -> timedelta:
    """Return how long to wait: the longer it has not turned up, the less often it is looked for."""
    if lost.is_held:
        return rules.between
    return max(rules.every, min(rules.between, (now - lost.sent_at) / 4))


def put_off(command_id: int, until: datetime) -> None:
    """Look again later. Commits."""
    with write_unit() as session:
        session.execute(update(PandaCommand).where(PandaCommand.id == command_id).values(next_at=until))


def record_not_found(
    command_id: int, had_control: bool, rules: SearchRules, epoch: int, now: datetime
) -> None:
    """Count a look that found nothing, and ask a person (or send again) when it is enough. Commits."""
    with write_unit() as session:
        of_ours = PandaCommand.state == CommandState.UNKNOWN.value, holder_is(epoch)
        command = session.scalar(
            select(PandaCommand)
            .where(PandaCommand.id == command_id, *of_ours)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if command is None:
            return
        _count_look(command, had_control, rules, now)
        without_control = command.no_control_since or now
        if command.looks >= rules.passes and rules.resend and not command.resent:
            send_again(command, rules.watch, now)
        elif command.looks >= rules.passes:
            _hold(session, command, f"not found at PanDA in {command.looks} looks", now)
        elif abs(now - without_control) >= rules.no_control:
            _hold(session, command, "not found, and no later task of ours to compare with", now)


def _count_look(command: PandaCommand, had_control: bool, rules: SearchRules, now: datetime) -> None:
    if not had_control:
        command.no_control_since = command.no_control_since or now
        return
    command.no_control_since = None
    # Differences count without their sign: a clock that was put back must not stop the count for long.
    is_quiet = command.sent_at is not None and abs(now - command.sent_at) >= rules.quiet
    if is_quiet and (command.looked_at is None or abs(now - command.looked_at) >= rules.between):
        command.looks += 1
        command.looked_at = now


def hold(command_id: int, why: str, epoch: int, now: datetime) -> bool:
    """Ask a person; False when it is held already, or no longer ours to decide. Commits."""
    with write_unit() as session:
        of_ours = PandaCommand.state == CommandState.UNKNOWN.value, holder_is(epoch)
        command = session.scalar(
            select(PandaCommand).where(PandaCommand.id == command_id, *of_ours).with_for_update()
        )
        if command is None:
            return False
        _hold(session, command, why, now)
        return True


def hold_found_twice(command_id: int, panda_ids: list[int], epoch: int, now: datetime) -> bool:
    """Ask a person: PanDA has more than one task with our key. Commits."""
    return hold(command_id, f"found more than once at PanDA: {panda_ids}", epoch, now)


def _hold(session: Session, command: PandaCommand, why: str, now: datetime) -> None:
    command.state, command.waits_for = CommandState.HELD.value, why
    if not move(session, command.task_id, TaskState.UNKNOWN, TaskState.HELD, now, reason=why):
        message = f"task {command.task_id} is not in the state of its command"
        raise RuntimeError(message)


def send_again(command: PandaCommand, watch: timedelta, now: datetime) -> None:
    """Queue a command that was not found. Its task stays undecided until then: it can neither be changed
    nor withdrawn. For so long a second task with its key is looked for. Does not commit."""
    command.state, command.waits_for = CommandState.READY.value, SENT_AGAIN
    command.resent, command.looks, command.looked_at = True, 0, None
    command.next_at, command.no_control_since = now, None
    command.watch_until, command.watched_at = now + watch, None
