"""Run a piece of scheduled work until it has nothing more to do, and write down how it went."""

import threading

from flask import Flask

from app.panda.errors import PandaError
from app.services.heartbeat import note_failure, note_success
from jobs.mail_server import MailUnavailable
from jobs.sent_journal import JournalUnwritable
from jobs.worker import Work, Worker, log, utc_now

# A work that goes on for long writes its success this often, seconds.
NOTE_SECONDS = 5.0


def run_until_idle(app: Flask, work: Work, worker: Worker, stop: threading.Event) -> None:
    """Repeat the step of a work until it is idle or the program is to stop.

    Success and failure are written by the work's own thread: a frozen work shows. Nothing is raised.
    """
    if stop.is_set():
        return
    try:
        noted_at = worker.clock()
        while _one_step(app, work, worker) and not stop.is_set():
            # A long queue is no standstill: success shows while it lasts.
            if worker.clock() - noted_at > NOTE_SECONDS:
                _write_success(app, work)
                noted_at = worker.clock()
        _write_success(app, work)
    except (PandaError, MailUnavailable, JournalUnwritable) as error:
        log.warning("%s: %s", work.name, error)
        _write_failure(app, work, error)
    except Exception as error:
        log.exception("%s failed", work.name)
        _write_failure(app, work, error)


def _write_success(app: Flask, work: Work) -> None:
    with app.app_context():
        note_success(work.name, work.every_seconds, utc_now())


def _one_step(app: Flask, work: Work, worker: Worker) -> bool:
    with app.app_context():
        return work.step(worker, utc_now())


def _write_failure(app: Flask, work: Work, error: Exception) -> None:
    """Write the failure down; the database itself may be what failed, then the log must do."""
    try:
        with app.app_context():
            note_failure(work.name, work.every_seconds, f"{type(error).__name__}: {error}", utc_now())
    except Exception:
        log.exception("the failure of %s could not be written down", work.name)
