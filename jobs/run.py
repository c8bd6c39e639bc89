"""Run a piece of scheduled work until it has nothing more to do, and write down how it went."""

import threading
import time
from datetime import datetime

from flask import Flask

from app.log_context import logged_with
from app.mail_server import MailUnavailable
from app.metrics import WORK
from app.panda.errors import PandaError
from app.services.heartbeat import note_begun, note_failure, note_success
from jobs.pulse import PULSE
from jobs.sent_journal import JournalUnwritable
from jobs.worker import Work, Worker, log, utc_now

# A work that goes on for long writes its success this often, seconds.
NOTE_SECONDS = 5.0
# A work that rests for longer than this writes that it begins, seconds: else it could be frozen for as long
# before that shows. The others would only write twice as much.
LONG_REST_SECONDS = 60


def run_until_idle(app: Flask, work: Work, worker: Worker, stop: threading.Event) -> None:
    """Repeat the step of a work until it is idle or the program is to stop.

    Success and failure are written by the work's own thread: a frozen work shows. Nothing is raised.
    """
    if stop.is_set():
        return
    with logged_with(work=work.name, epoch=worker.epoch):
        began_at = time.monotonic()
        PULSE.begin(work.name)
        try:
            outcome = _run(app, work, worker, stop)
        finally:
            PULSE.end()
        WORK.labels(work.name, outcome).observe(time.monotonic() - began_at)


def _run(app: Flask, work: Work, worker: Worker, stop: threading.Event) -> str:
    try:
        _write_begin(app, work)
        noted_at = worker.clock()
        while _one_step(app, work, worker) and not stop.is_set():
            # A long queue is no standstill: success shows while it lasts.
            if worker.clock() - noted_at > NOTE_SECONDS:
                _write_success(app, work, begun_at=utc_now())
                noted_at = worker.clock()
        _write_success(app, work, begun_at=None)
        return "good"
    except (PandaError, MailUnavailable, JournalUnwritable) as error:
        log.warning("%s: %s", work.name, error)
        _write_failure(app, work, error)
    except Exception as error:
        log.exception("%s failed", work.name)
        _write_failure(app, work, error)
    return "failed"


def _write_begin(app: Flask, work: Work) -> None:
    if work.every_seconds > LONG_REST_SECONDS:
        with app.app_context():
            note_begun(work.name, work.every_seconds, utc_now())


def _write_success(app: Flask, work: Work, begun_at: datetime | None) -> None:
    with app.app_context():
        note_success(work.name, work.every_seconds, utc_now(), begun_at)


def _one_step(app: Flask, work: Work, worker: Worker) -> bool:
    PULSE.beat()
    with app.app_context(), logged_with():
        return work.step(worker, utc_now())


def _write_failure(app: Flask, work: Work, error: Exception) -> None:
    """Write the failure down; the database itself may be what failed, then the log must do."""
    try:
        with app.app_context():
            note_failure(work.name, work.every_seconds, f"{type(error).__name__}: {error}", utc_now())
    except Exception:
        log.exception("the failure of %s could not be written down", work.name)
