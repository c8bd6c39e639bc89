"""Forget what need not be kept."""

from datetime import datetime, timedelta

from app.services.account_events import forget_old_events
from app.services.calls import forget_old_reads
from app.services.devices import forget_old_devices
from app.services.links import forget_old_links
from app.services.mail_queue import forget_old_mails
from app.services.registration import forget_unconfirmed
from app.services.sessions import forget_old_sessions, limits_of
from app.services.throttle import forget_old_tries
from jobs.worker import Worker, log

# Messages that were sent, and links that expired, are kept for a look after a complaint, days.
MAILS_KEEP_DAYS = 14
# Sessions that are over are kept for a look after a complaint, days.
SESSIONS_KEEP_DAYS = 30
# No limit on tries looks further back, days.
TRIES_KEEP_DAYS = 1


def tidy_up(worker: Worker, now: datetime) -> bool:
    """Delete what need not be kept: calls that read, mail, tries, browsers, sessions, accounts; idle."""
    forget_old_devices(now)
    forgotten = forget_old_reads(now - timedelta(days=worker.config["CALL_READS_KEEP_DAYS"]))
    if forgotten:
        log.info("forgot %d old reading calls", forgotten)
    unconfirmed = forget_unconfirmed(now - timedelta(hours=worker.config["CONFIRM_LINK_HOURS"]), now)
    if unconfirmed:
        log.info("deleted %d accounts that were never confirmed", unconfirmed)
    forget_old_events(now - timedelta(days=worker.config["ACCOUNT_EVENTS_KEEP_DAYS"]))
    forget_old_links(now - timedelta(days=MAILS_KEEP_DAYS))
    forget_old_mails(now - timedelta(days=MAILS_KEEP_DAYS))
    forget_old_sessions(now - timedelta(days=SESSIONS_KEEP_DAYS), limits_of(worker.config))
    forget_old_tries(now - timedelta(days=TRIES_KEEP_DAYS))
    return False
