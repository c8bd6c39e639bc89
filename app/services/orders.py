"""What is written down before and after PanDA is asked to do something with a task it has.

As with submissions: the intent is durable before the first byte leaves, every write is guarded by the state
it leaves and by the holder's epoch. Unlike them: an order whose answer was lost is taken as asked, for the
task itself will show whether it was.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, literal, null, select, update
from sqlalchemy.orm import Session

from app.domain.command import REPEATED, Effect, effect, makes_sense
from app.domain.task_state import CommandKind, CommandState, TaskState
from app.extensions import UtcDateTime, db, write_unit
from app.models import PandaCommand, Task
from app.services.calls import CallContext, add_call, give_up_calls
from app.services.effects import TOO_LATE, before, observed
from app.services.transitions import changed_one, holder_is

STOPPED_WHILE_SENDING = "the program was stopped while it was sending"
_MAY_BE_ASKED = (CommandState.READY.value, CommandState.ASKED.value)


@dataclass(frozen=True)
class OrderRules:
    """How long an effect is waited for, and when and how often a kill is asked for again."""

    watch: timedelta
    again: timedelta
    times: int


def order_rules_from(config: Mapping[str, Any]) -> OrderRules:
    """Read the rules from the settings."""
    return OrderRules(
        watch=timedelta(minutes=config["COMMAND_WATCH_MINUTES"]),
        again=timedelta(minutes=config["COMMAND_AGAIN_MINUTES"]),
        times=config["COMMAND_AGAIN_TIMES"],
    )


@dataclass(frozen=True)
class OrderIntent:
    """An order that is written down and may now be sent, once."""

    command_id: int
    task_id: int
    call_id: int
    panda_id: int
    kind: CommandKind
    argument: str | None


# (kind, argument, PanDA's id) → (method, text that is sent)
Build = Callable[[CommandKind, str | None, int], tuple[str, str]]


def record_order_intent(command_id: int, build: Build, epoch: int, now: datetime) -> OrderIntent | None:
    """Write down that an order is about to be sent: the command → sending, and the call's row. Commits.

    None: somebody took it back or replaced it in between, or the task has moved on and it was closed;
    nothing may be sent.
    """
    with write_unit() as session:
        command = session.get_one(PandaCommand, command_id, populate_existing=True, with_for_update=True)
        task = session.get_one(Task, command.task_id, populate_existing=True)
        if command.state not in _MAY_BE_ASKED or _close_if_pointless(session, command, task, epoch, now):
            return None
        if task.panda_id is None or task.state != TaskState.SUBMITTED.value:
            return None
        kind = CommandKind(command.kind)
        method, text = build(kind, command.argument, task.panda_id)
        if not _begin_sending(session, command, task, text, epoch, now):
            session.rollback()
            return None
        context = CallContext(command.requested_by_id, task.id, command_id)
        call_id = add_call(session, context, "POST", method, task.panda_id, text, now)
        return OrderIntent(command_id, task.id, call_id, task.panda_id, kind, command.argument)


def _close_if_pointless(
    session: Session, command: PandaCommand, task: Task, epoch: int, now: datetime
) -> bool:
    """Close an order that the task has outrun while it waited."""
    kind, seen = CommandKind(command.kind), observed(task)
    verdict = effect(kind, command.argument, before(command) if command.asks else seen, seen)
    if verdict is Effect.PENDING and (command.asks or makes_sense(kind, seen.status)):
        return False
    is_seen = verdict is Effect.SEEN
    closed = {
        "state": CommandState.SEEN.value if is_seen else CommandState.UNSEEN.value,
        "decided_at": now,
        "waits_for": None if is_seen else TOO_LATE.format(status=seen.status),
    }
    statement = update(PandaCommand).where(PandaCommand.id == command.id, PandaCommand.state == command.state)
    return changed_one(session, statement.where(holder_is(epoch)).values(closed))


def _begin_sending(
    session: Session, command: PandaCommand, task: Task, text: str, epoch: int, now: datetime
) -> bool:
    values: dict[str, Any] = {"state": CommandState.SENDING.value, "payload": text, "sent_at": now}
    if not command.asks:
        values |= {"status_before": task.panda_status, "status_before_at": task.state_as_of}
    statement = (
        update(PandaCommand)
        .where(PandaCommand.id == command.id, PandaCommand.state == command.state, holder_is(epoch))
        .values(values | {"waits_for": None})
    )
    return changed_one(session, statement)


def record_asked(command_id: int, lost: str | None, rules: OrderRules, epoch: int, now: datetime) -> bool:
    """Write down that PanDA took the order, or (lost: why no answer came) that it may have. Commits."""
    may_be_repeated = PandaCommand.kind.in_(sorted(REPEATED)) & (PandaCommand.asks < rules.times)
    return _leave_sending(
        command_id,
        epoch,
        state=CommandState.ASKED.value,
        asks=PandaCommand.asks + 1,
        waits_for=lost,
        watch_until=now + rules.watch,
        watched_at=None,
        next_at=case((may_be_repeated, _moment(now + rules.again)), else_=_moment(now + rules.watch)),
    )


def record_order_not_sent(command_id: int, why: str, next_at: datetime, epoch: int) -> bool:
    """Put an order back: it did not reach PanDA, or PanDA does not know the task yet. Commits.

    One that was asked before is waited for as before.
    """
    return _leave_sending(
        command_id,
        epoch,
        state=_as_before(CommandState.READY),
        next_at=next_at,
        tries=PandaCommand.tries + 1,
        waits_for=why,
        payload=case((PandaCommand.asks > 0, PandaCommand.payload), else_=null()),
    )


def record_order_refused(command_id: int, why: str, next_at: datetime, epoch: int, now: datetime) -> bool:
    """Write down that PanDA does not take the order in this state of the task. Commits.

    Of an order asked for before it may mean that it was carried out: the task will show it.
    """
    decided_at = case((PandaCommand.asks > 0, null()), else_=_moment(now))
    state = _as_before(CommandState.REJECTED)
    return _leave_sending(
        command_id, epoch, state=state, decided_at=decided_at, waits_for=why, next_at=next_at
    )


def _moment(at: datetime) -> ColumnElement[datetime]:
    return literal(at, UtcDateTime())


def _as_before(first: CommandState) -> ColumnElement[str]:
    return case((PandaCommand.asks > 0, CommandState.ASKED.value), else_=first.value)


def _leave_sending(command_id: int, epoch: int, **values: Any) -> bool:
    with write_unit() as session:
        return changed_one(
            session,
            update(PandaCommand)
            .where(PandaCommand.id == command_id, PandaCommand.state == CommandState.SENDING.value)
            .where(holder_is(epoch))
            .values(values),
        )


def adopt_orders(rules: OrderRules, epoch: int, now: datetime) -> int:
    """Take every order that was interrupted while it was sent as asked. Returns how many. Commits each."""
    interrupted = PandaCommand.state == CommandState.SENDING.value
    is_order = PandaCommand.kind != CommandKind.SUBMIT.value
    orphans = db.session.scalars(select(PandaCommand.id).where(interrupted, is_order)).all()
    adopted = [each for each in orphans if record_asked(each, STOPPED_WHILE_SENDING, rules, epoch, now)]
    for command_id in adopted:
        give_up_calls(command_id)
    return len(adopted)
