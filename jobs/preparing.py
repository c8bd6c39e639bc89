"""What is written down before a task is sent: in the database, in the day's log and in the journal."""

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from app.domain.approval import ApprovalRules
from app.services import delivery, intent
from app.services.intent import Intent
from app.services.parameters import NotSendable, ParameterBuilder
from jobs import noting
from jobs.daily_log import write_send
from jobs.landing import write_unnoted
from jobs.outcome import keep_outcome
from jobs.sent_journal import JournalUnwritable
from jobs.worker import Worker, log


def prepare(worker: Worker, command_id: int, now: datetime) -> Intent | None:
    """Write down what is about to be sent; None when somebody changed the task a moment ago.

    Raise NotSendable for parameters that cannot be built. After any other exception nothing was sent; what
    was written all the same is taken back as soon as the database takes that.
    """
    builder = ParameterBuilder(worker.config)
    try:
        approval = ApprovalRules.from_settings(worker.config)
        sending = intent.record_intent(
            command_id, builder.text, builder.seeding_recipes(), worker.epoch, now, approval
        )
        if sending is not None:
            _write_daily_log(worker, sending, now)
    except NotSendable:
        raise
    except Exception as error:
        keep_outcome(worker, partial(_take_back, worker, command_id, type(error).__name__))
        raise
    return sending and _noted(worker, sending)


def _noted(worker: Worker, sending: Intent) -> Intent:
    """Write it into the journal too: a send that the journal does not know is not made."""
    try:
        noting.note_sending(worker, sending.sent)
    except JournalUnwritable as error:
        keep_outcome(worker, partial(write_unnoted, worker, sending, str(error)))
        raise
    return sending


def _take_back(worker: Worker, command_id: int, why: str) -> None:
    """Let a command that could not be prepared wait: it must not hold up the others."""
    now = worker.now()
    later = now + timedelta(seconds=worker.config["DELIVER_RETRY_MAX_SECONDS"])
    if not delivery.record_not_sent(command_id, why, later, worker.epoch, now):
        intent.put_off(command_id, why, later, worker.epoch)


def _write_daily_log(worker: Worker, sending: Intent, now: datetime) -> None:
    local = now.astimezone(ZoneInfo(worker.config["TIME_ZONE"]))
    folder = Path(worker.config["LOG_FOLDER"])
    try:
        write_send(folder, sending, local)
    except OSError as error:
        log.error("the daily log in %s cannot be written: %s", folder, error)
