"""Carry out what people want of PanDA; queued tasks are sent here, each once."""

import json
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from app.domain.task_state import CommandKind
from app.extensions import db
from app.log_context import log_with
from app.models import PandaCommand, Task
from app.panda import errors
from app.services import delivery, installation, intent, orders, queue
from app.services.holding import is_held_in
from app.services.intent import Intent
from app.services.parameters import NotSendable, ParameterBuilder
from jobs import noting, pace
from jobs.call_log import SendLog
from jobs.daily_log import write_send
from jobs.guard import guard_once
from jobs.orders import PAUSES, carry_out
from jobs.outcome import keep_outcome, write_outcome
from jobs.reach import backoff_seconds
from jobs.sent_journal import JournalUnwritable
from jobs.worker import Worker, log

# Errors after which the task is certainly not at PanDA and may be sent later.
NOT_SENT = (errors.NotSent, errors.TooManyActiveTasks, *PAUSES)


def deliver_next(worker: Worker, now: datetime) -> bool:
    """Carry out the next command: kills, other orders, then queued tasks; True if there may be more.

    No task is sent while delivery is paused, or for a while after PanDA could not be reached. One POST, never
    repeated: only a send that provably did not leave this machine goes back into the queue.
    """
    guard_once(worker, now)
    write_outcome(worker)
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
    longest = timedelta(seconds=2 * worker.config["DELIVER_RETRY_MAX_SECONDS"])
    return queue.next_repeat(now) or queue.next_command(now, longest, kinds)


def _submit(worker: Worker, command: PandaCommand, now: datetime) -> bool:
    command_id, version = command.id, command.task.version
    try:
        sending = _prepare(worker, command_id, now)
    except NotSendable as error:
        log.warning("command %s cannot be sent: %s", command_id, error)
        return delivery.refuse_before_sending(command_id, str(error), version, worker.epoch, now)
    if sending is None:  # changed by somebody a moment ago: its turn comes again
        soon = now + timedelta(seconds=worker.config["DELIVER_EVERY_SECONDS"])
        intent.put_off(command_id, "it was changed meanwhile", soon, worker.epoch)
        return is_held_in(worker.epoch)
    _send(worker, sending)
    return True


def _prepare(worker: Worker, command_id: int, now: datetime) -> Intent | None:
    """Write down what is about to be sent. After an exception nothing was sent, whatever was written."""
    builder = ParameterBuilder(worker.config)
    try:
        sending = intent.record_intent(command_id, builder.text, builder.seeding_recipes(), worker.epoch, now)
        if sending is not None:
            _write_daily_log(worker, sending, now)
    except NotSendable:
        raise
    except Exception as error:
        keep_outcome(worker, partial(_take_back, worker, command_id, type(error).__name__))
        raise
    return sending


def _take_back(worker: Worker, command_id: int, why: str) -> None:
    """Let a command that could not be prepared wait: it must not hold up the others."""
    now = worker.now()
    later = now + timedelta(seconds=worker.config["DELIVER_RETRY_MAX_SECONDS"])
    if not delivery.record_not_sent(command_id, why, later, worker.epoch, now):
        intent.put_off(command_id, why, later, worker.epoch)


def _write_daily_log(worker: Worker, sending: Intent, now: datetime) -> None:
    task = db.session.get_one(Task, sending.task_id)
    local = now.astimezone(ZoneInfo(worker.config["TIME_ZONE"]))
    folder = Path(worker.config["LOG_FOLDER"])
    try:
        write_send(folder, task, json.loads(sending.payload), task.creator.full_name, local)
    except OSError as error:
        log.error("the daily log in %s cannot be written: %s", folder, error)


def _send(worker: Worker, sending: Intent) -> None:
    """Send it, unless another holder has begun: it takes this one for lost."""
    if not is_held_in(worker.epoch):
        log.error("command %s is not sent: another process holds the scheduled work", sending.command_id)
        return
    db.session.commit()  # nothing is held open while we wait for PanDA
    log_with(command=sending.command_id, task=sending.task_id)
    record = SendLog(sending.call_id)
    parameters = json.loads(sending.payload)
    try:
        noting.note_sending(worker, sending.command_id)
    except JournalUnwritable as error:
        keep_outcome(worker, partial(_write_unnoted, worker, sending, record, str(error)))
        raise
    pace.note_send(worker)
    try:
        panda_id = worker.panda.submit(parameters, parent_tid=sending.parent_panda_id, recorder=record)
    except errors.PandaError as error:
        outcome = partial(_write_failure, worker, sending, record, error)
    else:
        outcome = partial(_write_acceptance, worker, sending, record, panda_id)
    keep_outcome(worker, outcome)
    write_outcome(worker)


def _write_unnoted(worker: Worker, sending: Intent, record: SendLog, why: str) -> None:
    """Back into the queue: a send that the journal does not know is not made."""
    now = worker.now()
    record.write(JournalUnwritable(why))
    soon = now + timedelta(seconds=worker.config["DELIVER_EVERY_SECONDS"])
    delivery.record_not_sent(sending.command_id, why, soon, worker.epoch, now)


def _write_failure(worker: Worker, sending: Intent, record: SendLog, error: errors.PandaError) -> None:
    """Write down what an error proves: not sent, refused, or nothing at all."""
    log.warning("command %s: %s", sending.command_id, error)
    now = worker.now()
    record.write(error)
    if isinstance(error, (*NOT_SENT, errors.ArgumentsRefused)):
        # Before the database is told: what it has as queued must not look like a send it has forgotten.
        noting.note_not_sent(worker, sending.command_id)
    pace.note_answer(worker, error, now)
    if isinstance(error, NOT_SENT):
        _put_back(worker, sending, error, now)
    elif isinstance(error, errors.ArgumentsRefused):
        delivery.record_rejection(sending.command_id, str(error), worker.epoch, now)
    else:
        soon = now + timedelta(seconds=worker.config["RECONCILE_EVERY_SECONDS"])
        delivery.record_unknown(sending.command_id, str(error), soon, worker.epoch, now)
    for kind, reason in PAUSES.items():
        if isinstance(error, kind):
            installation.pause_delivery(reason, str(error), now)


def _put_back(worker: Worker, sending: Intent, error: errors.PandaError, now: datetime) -> None:
    """Back into the queue; while PanDA takes nothing only one task now and then is tried."""
    worker.note_error(error)
    failures = worker.memory.get("failures", 0) + 1
    first, longest = worker.config["DELIVER_RETRY_SECONDS"], worker.config["DELIVER_RETRY_MAX_SECONDS"]
    wait = backoff_seconds(failures, first, longest)
    until = now + timedelta(seconds=wait)
    delivery.record_not_sent(sending.command_id, str(error), until, worker.epoch, now)
    worker.memory.update(rest_until=worker.clock() + wait, failures=failures)


def _write_acceptance(worker: Worker, sending: Intent, record: SendLog, panda_id: int) -> None:
    log_with(panda=panda_id)
    log.info("command %s was accepted as PanDA task %s", sending.command_id, panda_id)
    worker.answered()
    pace.note_answer(worker, None, worker.now())
    worker.memory.update(rest_until=0.0, failures=0)
    now = worker.now()
    record.write(None)
    if delivery.record_acceptance(sending.command_id, panda_id, now):
        return
    words = f"task {sending.task_id} was accepted as PanDA task {panda_id}, which does not fit what we know"
    log.error(words)
    installation.pause_delivery(installation.FOUND_TWICE, words, now)
    delivery.record_unknown(sending.command_id, words, now, worker.epoch, now)
