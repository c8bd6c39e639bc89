"""Run a piece of scheduled work until it has nothing more to do, and write down how it went."""

import threading

from flask import Flask

from app.panda.errors import PandaError
from app.services.heartbeat import note_failure, note_success
from jobs.worker import Work, Worker, log, utc_now


def run_until_idle(app: Flask, work: Work, worker: Worker, stop: threading.Event) -> None:
    """Repeat the step of a work until it is idle or the program is to stop.

    Success and failure are written by the work's own thread: a frozen work shows. Nothing is raised.
    """
    try:
        while not stop.is_set() and _one_step(app, work, worker):
            pass
        with app.app_context():
            note_success(work.name, work.every_seconds, utc_now())
    except PandaError as error:
        log.warning("%s: %s", work.name, error)
        _write_failure(app, work, error)
    except Exception as error:
        log.exception("%s failed", work.name)
        _write_failure(app, work, error)


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
