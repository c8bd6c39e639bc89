"""Forget what need not be kept."""

from datetime import datetime, timedelta

from app.services.calls import forget_old_reads
from app.services.devices import forget_old_devices
from app.services.throttle import forget_old_tries
from jobs.worker import Worker, log

# Longer than any window in which tries are counted.
TRIES_KEPT = timedelta(days=1)


def tidy_up(worker: Worker, now: datetime) -> bool:
    """Delete old calls that only read, tries that count no more and lost browsers; always idle afterwards."""
    forget_old_tries(now - TRIES_KEPT)
    forget_old_devices(now)
    forgotten = forget_old_reads(now - timedelta(days=worker.config["CALL_READS_KEEP_DAYS"]))
    if forgotten:
        log.info("forgot %d old reading calls", forgotten)
    return False
