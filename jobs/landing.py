"""What is written down after a send: accepted, refused, not sent at all, or nobody knows."""

from datetime import timedelta

from app.log_context import log_with, logged_with
from app.panda import errors
from app.services import delivery, installation
from app.services.calls import forget_call
from app.services.intent import Intent
from jobs import noting, pace
from jobs.call_log import SendLog
from jobs.orders import PAUSES
from jobs.reach import backoff_seconds
from jobs.sent_journal import JournalUnwritable
from jobs.worker import Worker, log

# Errors after which the task is certainly not at PanDA and may be sent later.
NOT_SENT = (errors.NotSent, errors.TooManyActiveTasks, *PAUSES)


def write_landing(worker: Worker, sending: Intent, record: SendLog, landed: int | errors.PandaError) -> None:
    """Write down what the answer to a send proves: PanDA's id, or an error."""
    with logged_with(command=sending.command_id, task=sending.task_id):
        if isinstance(landed, errors.PandaError):
            _write_failure(worker, sending, record, landed)
        else:
            _write_acceptance(worker, sending, record, landed)


def write_unsent(worker: Worker, sending: Intent) -> None:
    """Put a task back in its place in the queue: its intent stands written, and it was never sent.

    Where the journal cannot be told so, it stays undecided: nothing else waits for that.
    """
    now = worker.now()
    try:
        # Before the database is told: what it has as queued must not look like a send it has forgotten.
        noting.note_not_sent(worker, sending)
    except JournalUnwritable as error:
        soon = now + timedelta(seconds=worker.config["RECONCILE_EVERY_SECONDS"])
        delivery.record_unknown(sending.command_id, str(error), soon, worker.epoch, now)
        return
    forget_call(sending.call_id)
    delivery.record_not_begun(sending.command_id, worker.epoch, now)


def write_unnoted(worker: Worker, sending: Intent, why: str) -> None:
    """Put a task back into the queue that the journal does not know: such a send is not made."""
    now = worker.now()
    SendLog(sending.call_id).write(JournalUnwritable(why))
    soon = now + timedelta(seconds=worker.config["DELIVER_EVERY_SECONDS"])
    delivery.record_not_sent(sending.command_id, why, soon, worker.epoch, now)


def _write_failure(worker: Worker, sending: Intent, record: SendLog, error: errors.PandaError) -> None:
    log.warning("command %s: %s", sending.command_id, error)
    now = worker.now()
    record.write(error)
    if isinstance(error, (*NOT_SENT, errors.ArgumentsRefused)):
        # Before the database is told, as in write_unsent.
        noting.note_not_sent(worker, sending)
    pace.note_answer(worker, error, now)
    if isinstance(error, NOT_SENT):
        _put_back(worker, sending, error)
    elif isinstance(error, errors.ArgumentsRefused):
        delivery.record_rejection(sending.command_id, str(error), worker.epoch, now)
    else:
        soon = now + timedelta(seconds=worker.config["RECONCILE_EVERY_SECONDS"])
        delivery.record_unknown(sending.command_id, str(error), soon, worker.epoch, now)
    for kind, reason in PAUSES.items():
        if isinstance(error, kind):
            installation.pause_delivery(reason, str(error), now)


def _put_back(worker: Worker, sending: Intent, error: errors.PandaError) -> None:
    """Back into the queue; while PanDA takes nothing only one task now and then is tried."""
    worker.note_error(error)
    failures = worker.memory.get("failures", 0) + 1
    first, longest = worker.config["DELIVER_RETRY_SECONDS"], worker.config["DELIVER_RETRY_MAX_SECONDS"]
    wait = backoff_seconds(failures, first, longest)
    now = worker.now()
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
