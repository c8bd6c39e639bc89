"""Forget what need not be kept."""

from datetime import datetime, timedelta

from app.services.calls import forget_old_reads
from jobs.worker import Worker, log


def tidy_up(worker: Worker, now: datetime) -> bool:
    """Delete old calls that only read; always idle afterwards."""
    forgotten = forget_old_reads(now - timedelta(days=worker.config["CALL_READS_KEEP_DAYS"]))
    if forgotten:
        log.info("forgot %d old reading calls", forgotten)
    return False
