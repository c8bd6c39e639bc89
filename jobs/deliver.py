"""Carry out what people want of PanDA; queued tasks are sent here, each once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

from app.domain.approval import ApprovalRules
from app.domain.task_state import CommandKind
from app.extensions import db
from app.log_context import logged_with
from app.models import PandaCommand
from app.services import delivery, installation, intent, orders, queue
from app.services.holding import is_held_in
from app.services.intent import Intent
from app.services.parameters import NotSendable
from jobs import noting, pace
from jobs.flight import Flight
from jobs.guard import guard_once
from jobs.landing import write_landing, write_unsent
from jobs.orders import carry_out
from jobs.outcome import keep_outcome, write_outcomes
from jobs.preparing import prepare
from jobs.pulse import PULSE
from jobs.worker import Worker, log

# After so long a step looks for no further task, seconds: between two steps its work shows that it is alive.
RUN_SECONDS = 2.0
# After so long it does not even send the one that is written down: two slow answers would seem a standstill.
SLOW_SECONDS = 10.0
ALL_KINDS = frozenset(CommandKind)


def deliver_next(worker: Worker, now: datetime) -> bool:
    """Carry out the next command: kills, other orders, then queued tasks; True if there may be more.

    Of queued tasks several in a row. None is sent while delivery is paused, or for a while after PanDA
    could not be reached. One POST each, never repeated: only a send that provably did not leave this
    machine goes back into the queue.
    """
    guard_once(worker, now)
    write_outcomes(worker)
    # Sending is this one thread's work: what stands in `sending` now was interrupted by an error.
    delivery.adopt_orphans(worker.epoch, now)
    orders.adopt_orders(orders.order_rules_from(worker.config), worker.epoch, now)
    command = _next(worker, now)
    if command is None:
        return False
    is_submission = command.kind == CommandKind.SUBMIT.value
    if is_submission:
        noting.try_out(worker)
    if not worker.reach.may_try():
        return False
    return (_submit if is_submission else carry_out)(worker, command, now)


def _next(worker: Worker, now: datetime) -> PandaCommand | None:
    """Return what may be carried out next: who could submit can stop, even while nothing is submitted."""
    kinds = installation.kinds_to_send()
    if not kinds or worker.reach.is_resting():
        return None
    if worker.clock() < worker.memory.get("rest_until", 0.0) or pace.is_too_fast(worker):
        kinds -= {CommandKind.SUBMIT}
    return queue.next_repeat(now) or _first_of(worker, now, kinds)


def _first_of(worker: Worker, now: datetime, kinds: frozenset[CommandKind]) -> PandaCommand | None:
    longest_wait = timedelta(seconds=2 * worker.config["DELIVER_RETRY_MAX_SECONDS"])
    undo = timedelta(seconds=worker.config["SECONDS_TO_UNDO"])
    approval = ApprovalRules.from_settings(worker.config)
    return queue.next_command(now, longest_wait, kinds, undo, approval)


def _submit(worker: Worker, command: PandaCommand, now: datetime) -> bool:
    command_id, version = command.id, command.task.version
    try:
        sending = prepare(worker, command_id, now)
    except NotSendable as error:
        log.warning("command %s cannot be sent: %s", command_id, error)
        return delivery.refuse_before_sending(command_id, str(error), version, worker.epoch, now)
    if sending is None:  # changed by somebody a moment ago: its turn comes again
        soon = now + timedelta(seconds=worker.config["DELIVER_EVERY_SECONDS"])
        intent.put_off(command_id, "it was changed meanwhile", soon, worker.epoch)
        return is_held_in(worker.epoch)
    _send_run(worker, sending, now)
    return True


def _send_run(worker: Worker, first: Intent, now: datetime) -> None:
    """Send tasks one after the other. While one is under way, what the one before it proved is written down,
    and the intent of the next; there is no next one after anything but an acceptance.
    """
    with _put_back_after_error(worker, first):
        is_held = is_held_in(worker.epoch)
    if not is_held:  # whoever holds it now takes this one for lost
        log.error("command %s is not sent: another process holds the scheduled work", first.command_id)
        return
    began = worker.clock()
    sending: Intent | None = first
    while sending is not None:
        flight, ahead = _begin(worker, sending), None
        try:
            write_outcomes(worker)
            ahead = _look_ahead(worker, began, max(now, sending.sent.at))
        finally:
            sending = _land(worker, flight, ahead, began)
    write_outcomes(worker)


def _begin(worker: Worker, sending: Intent) -> Flight:
    with _put_back_after_error(worker, sending):
        db.session.commit()  # nothing is held open while we wait for PanDA
        pace.note_send(worker)
        with logged_with(command=sending.command_id, task=sending.task_id):
            return Flight(worker, sending)


def _land(worker: Worker, flight: Flight, ahead: Intent | None, began: float) -> Intent | None:
    """Wait for PanDA and keep what its answer proves. Return the one written ahead, if it may follow."""
    may_follow = False
    try:
        try:
            db.session.rollback()  # nothing is held open while we wait for PanDA
        finally:
            landed = flight.land()
            PULSE.beat()
            keep_outcome(worker, partial(write_landing, worker, flight.sending, flight.record, landed))
        may_follow = ahead is not None and isinstance(landed, int) and _may_go_on(worker, began)
    finally:
        if ahead is not None and not may_follow:
            keep_outcome(worker, partial(write_unsent, worker, ahead))
    return ahead if may_follow else None


@contextmanager
def _put_back_after_error(worker: Worker, sending: Intent) -> Iterator[None]:
    """Within this nothing is sent yet: an error leaves the task in the queue."""
    try:
        yield
    except Exception:
        keep_outcome(worker, partial(write_unsent, worker, sending))
        raise


def _look_ahead(worker: Worker, began: float, now: datetime) -> Intent | None:
    """Write down the intent of the task that is to be sent next, or None when this step is to end.

    What needs more than that is left to the next step, and so is a task that was sent before: taken back it
    would have to be decided upon again. After failures one is tried at a time.
    """
    if worker.clock() - began > RUN_SECONDS or worker.is_stopping() or pace.is_too_fast(worker):
        return None
    if worker.reach.is_resting() or worker.memory.get("failures") or worker.memory.get("lost_in_a_row"):
        return None
    now = max(now, worker.now())
    command = _first_of(worker, now, ALL_KINDS)
    if command is None or command.kind != CommandKind.SUBMIT.value or command.resent:
        return None
    try:
        return prepare(worker, command.id, now)
    except NotSendable:
        return None


def _may_go_on(worker: Worker, began: float) -> bool:
    """Say whether the next one may still be sent, whose intent was written down a moment ago."""
    if worker.is_stopping() or worker.reach.is_resting() or worker.clock() - began > SLOW_SECONDS:
        return False
    return installation.may_submit(worker.epoch)
