"""Send queued tasks to PanDA, each once."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from app.extensions import db
from app.models import PandaCommand, Task
from app.panda import errors
from app.services import delivery, installation
from app.services.delivery import Intent
from app.services.parameters import NotSendable, ParameterBuilder
from jobs.daily_log import write_send
from jobs.worker import CallLog, Worker, log, utc_now

# Errors after which nothing more is to be sent until a person, or check_access, has seen to it.
PAUSES: dict[type[errors.PandaError], str] = {
    errors.NoToken: installation.ACCESS,
    errors.AccessRefused: installation.ACCESS,
    errors.MethodForbidden: installation.SERVER,
}
# Errors after which the task is certainly not at PanDA and may be sent later.
NOT_SENT = (errors.NotSent, errors.TooManyActiveTasks, *PAUSES)


def deliver_next(worker: Worker, now: datetime) -> bool:
    """Send the next queued task; True if there may be more.

    Nothing is sent while delivery is paused, or for a while after PanDA could not be reached. One POST, never
    repeated: only a send that provably did not leave this machine goes back into the queue.
    """
    if delivery.is_paused() or now < worker.memory.get("quiet_until", now):
        return False
    # Sending is this one thread's work: what stands in `sending` now was interrupted by an error.
    delivery.adopt_orphans(worker.epoch, now)
    command = delivery.next_ready(now)
    if command is None:
        return False
    intent = _write_intent(worker, command, now)
    if intent is not None:
        _write_daily_log(worker, intent, now)
        _send(worker, intent)
    return True


def _write_intent(worker: Worker, command: PandaCommand, now: datetime) -> Intent | None:
    command_id = command.id
    builder = ParameterBuilder(worker.config)
    try:
        return delivery.record_intent(command_id, builder.text, builder.seeding_recipes(), worker.epoch, now)
    except NotSendable as error:
        log.warning("command %s cannot be sent: %s", command_id, error)
        delivery.refuse_before_sending(command_id, str(error), worker.epoch, now)
        return None


def _write_daily_log(worker: Worker, intent: Intent, now: datetime) -> None:
    task = db.session.get_one(Task, intent.task_id)
    local = now.astimezone(ZoneInfo(worker.config["TIME_ZONE"]))
    folder = Path(worker.config["LOG_FOLDER"])
    try:
        write_send(folder, task, json.loads(intent.payload), task.creator.full_name, local)
    except OSError as error:
        log.error("the daily log in %s cannot be written: %s", folder, error)


def _send(worker: Worker, intent: Intent) -> None:
    db.session.commit()  # nothing is held open while we wait for PanDA
    try:
        panda_id = worker.panda.submit(
            json.loads(intent.payload), parent_tid=intent.parent_panda_id, recorder=CallLog(intent.call_id)
        )
    except errors.PandaError as error:
        _write_failure(worker, intent, error)
    else:
        worker.memory.update(quiet_until=utc_now(), failures=0)
        _write_acceptance(intent, panda_id)


def _write_failure(worker: Worker, intent: Intent, error: errors.PandaError) -> None:
    """Write down what an error proves: not sent, refused, or nothing at all."""
    log.warning("command %s: %s", intent.command_id, error)
    now = utc_now()
    if isinstance(error, NOT_SENT):
        _put_back(worker, intent, str(error), now)
    elif isinstance(error, errors.ArgumentsRefused):
        delivery.record_rejection(intent.command_id, str(error), worker.epoch, now)
    else:
        soon = now + timedelta(seconds=worker.config["RECONCILE_EVERY_SECONDS"])
        delivery.record_unknown(intent.command_id, str(error), soon, worker.epoch, now)
    for kind, reason in PAUSES.items():
        if isinstance(error, kind):
            installation.pause_delivery(reason, str(error), now)


def _put_back(worker: Worker, intent: Intent, why: str, now: datetime) -> None:
    """Back into the queue; while PanDA is away only one task now and then is tried."""
    first, longest = worker.config["DELIVER_RETRY_SECONDS"], worker.config["DELIVER_RETRY_MAX_SECONDS"]
    failures = worker.memory.get("failures", 0)
    until = now + delivery.backoff(failures, first, longest)
    worker.memory.update(quiet_until=until, failures=failures + 1)
    delivery.record_not_sent(intent.command_id, why, until, worker.epoch, now)


def _write_acceptance(intent: Intent, panda_id: int) -> None:
    log.info("command %s was accepted as PanDA task %s", intent.command_id, panda_id)
    if not delivery.record_acceptance(intent.command_id, panda_id, utc_now()):
        words = f"task {intent.task_id} was accepted as {panda_id}, but has another PanDA id already"
        installation.pause_delivery(installation.FOUND_TWICE, words, utc_now())
