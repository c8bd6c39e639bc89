"""`python -m jobs`: become the holder of the scheduled work and do it until told to stop."""

import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app import create_app
from app.extensions import db
from app.logs import configure_logs
from app.services import installation
from app.services.calls import give_up_calls
from app.services.delivery import adopt_orphans
from app.services.holding import begin_epoch
from app.services.orders import adopt_orders, order_rules_from
from app.settings import SettingsError
from jobs.clock import ClockWatch
from jobs.holder import Lock, lock_for, owner_name
from jobs.pulse import PULSE, tell_systemd
from jobs.schedule import make_scheduler, wake
from jobs.worker import log, utc_now

STANDBY_SECONDS = 0.5
CHECK_SECONDS = 2.0
# Exit code that asks the supervisor to start us again: the lock was lost.
LOST = 75


def main() -> int:
    """Run until SIGTERM or SIGINT; the item in hand is finished first. Returns the exit code."""
    os.umask(0o077)  # the logs and the database are for nobody else
    _configure_logging("plain")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        app = create_app()
    except SettingsError as error:
        log.error("%s", error)
        return 2
    _configure_logging(app.config["LOG_FORMAT"])
    tell_systemd("READY=1")  # whether it holds the work, stands by or waits for the database
    with app.app_context():
        lock = lock_for(db.engine, Path(app.instance_path))
    if not _stand_by(app, lock, stop):
        return 0
    try:
        return _work(app, lock, stop)
    except SQLAlchemyError as error:
        log.error("the database cannot be used: %s", error)
        return 1
    finally:
        lock.release()


def _configure_logging(log_format: str) -> None:
    configure_logs(log_format, logging.INFO)
    # That a work is still at it when its next turn comes is no news.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def _stand_by(app: Flask, lock: Lock, stop: threading.Event) -> bool:
    """Wait until the lock is ours; False when we were told to stop first."""
    was_told = False
    while not stop.is_set():
        tell_systemd("WATCHDOG=1")
        try:
            with app.app_context():
                if lock.try_take():
                    return True
            if not was_told:
                log.info("another process holds the scheduled work; standing by")
                was_told = True
        except SQLAlchemyError as error:
            log.warning("the database is away: %s", str(error).splitlines()[0])
        stop.wait(STANDBY_SECONDS)
    return False


def _work(app: Flask, lock: Lock, stop: threading.Event) -> int:
    with app.app_context():
        epoch = take_over(app)
    scheduler = make_scheduler(app, epoch, stop)
    scheduler.start()
    code = 0
    watch = ClockWatch()
    while not stop.wait(CHECK_SECONDS):
        _feed_watchdog()
        if jump := watch.seconds_jumped():
            log.warning("the clock was changed by %.0f s", jump)
            wake(scheduler)
        if not lock.is_held():
            log.error("the lock was lost; stopping, so that two processes never send")
            code = LOST
            stop.set()
    tell_systemd("STOPPING=1")
    started = time.monotonic()
    scheduler.shutdown(wait=True)
    log.info("stopped cleanly in %.1f s", time.monotonic() - started)
    return code


def _feed_watchdog() -> None:
    if stuck := PULSE.stuck():
        log.error("no sign of life of: %s; the watchdog is not fed", ", ".join(stuck))
    else:
        tell_systemd("WATCHDOG=1")


def take_over(app: Flask) -> int:
    """Begin an epoch of our own and see to what the last holder left. Returns the epoch."""
    epoch = begin_epoch(owner_name(), utc_now())
    _check_database(app)
    orphans = adopt_orphans(epoch, utc_now())
    adopt_orders(order_rules_from(app.config), epoch, utc_now())
    give_up_calls()
    log.info(
        "holding the scheduled work, epoch %d%s", epoch, f", {orphans} sends to look for" if orphans else ""
    )
    return epoch


def _check_database(app: Flask) -> None:
    """A copy of another installation's database sends nothing."""
    found = installation.find_installation()
    if found is None:
        log.error("the database is not prepared, nothing is sent: run `flask prepare`")
    elif found.instance_id != app.config["INSTANCE_ID"]:
        words = (
            f"the database belongs to {found.instance_id!r}, the settings say {app.config['INSTANCE_ID']!r}"
        )
        log.error("%s: nothing is sent", words)
        installation.pause_delivery(installation.FOREIGN_DATABASE, words, utc_now())
    else:
        installation.resume_delivery([installation.FOREIGN_DATABASE])


if __name__ == "__main__":
    sys.exit(main())
