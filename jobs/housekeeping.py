"""Forget what need not be kept."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

from app.services.account_events import forget_old_events
from app.services.bulk import forget_old_actions
from app.services.calls import forget_old_reads
from app.services.devices import forget_old_devices
from app.services.links import forget_old_links
from app.services.mail_queue import forget_old_mails
from app.services.pasted_lists import forget_old_lists
from app.services.registration import forget_unconfirmed
from app.services.sessions import forget_old_sessions, limits_of
from app.services.throttle import forget_old_tries
from jobs.worker import Worker, log

# Messages that were sent, and links that expired, are kept for a look after a complaint, days.
MAILS_KEEP_DAYS = 14
# Sessions that are over are kept for a look after a complaint, days.
SESSIONS_KEEP_DAYS = 30
# An action on many tasks that nobody confirmed, days.
PROPOSED_KEEP_DAYS = 1
# No limit on tries looks further back, days.
TRIES_KEEP_DAYS = 1


def tidy_up(worker: Worker, now: datetime) -> bool:
    """Delete what need not be kept, from calls that only read to mail that was sent; idle.

    A step that fails keeps no other from being done; its failure is raised after the last of them, and one
    that comes after another names that as its context.
    """
    with ExitStack() as stack:
        for step in reversed(_STEPS):
            stack.callback(step, worker.config, now)
    return False


def _forget_reads(config: Mapping[str, Any], now: datetime) -> None:
    forgotten = forget_old_reads(now - timedelta(days=config["CALL_READS_KEEP_DAYS"]))
    if forgotten:
        log.info("forgot %d old reading calls", forgotten)


def _forget_unconfirmed(config: Mapping[str, Any], now: datetime) -> None:
    unconfirmed = forget_unconfirmed(now - timedelta(hours=config["CONFIRM_LINK_HOURS"]), now)
    if unconfirmed:
        log.info("deleted %d accounts that were never confirmed", unconfirmed)


def _forget_actions(config: Mapping[str, Any], now: datetime) -> None:
    proposed, ended = timedelta(days=PROPOSED_KEEP_DAYS), timedelta(days=config["BULK_KEEP_DAYS"])
    forget_old_actions(now - proposed, now - ended)


_STEPS: list[Callable[[Mapping[str, Any], datetime], None]] = [
    lambda _config, now: forget_old_devices(now),
    _forget_reads,
    _forget_unconfirmed,
    _forget_actions,
    lambda config, now: forget_old_events(now - timedelta(days=config["ACCOUNT_EVENTS_KEEP_DAYS"])),
    lambda _config, now: forget_old_links(now - timedelta(days=MAILS_KEEP_DAYS)),
    lambda _config, now: forget_old_mails(now - timedelta(days=MAILS_KEEP_DAYS)),
    lambda config, now: forget_old_sessions(now - timedelta(days=SESSIONS_KEEP_DAYS), limits_of(config)),
    lambda config, now: forget_old_lists(now - timedelta(days=config["PASTED_LISTS_KEEP_DAYS"])),
    lambda _config, now: forget_old_tries(now - timedelta(days=TRIES_KEEP_DAYS)),
]
