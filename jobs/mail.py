"""Send the mail that waits, each message once; a mail server that is away loses nothing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from app.mail_message import hand_over
from app.mail_server import MailUnavailable, RecipientRefused
from app.mail_texts import write_letter
from app.services import mail_queue
from app.services.mail_queue import Outgoing
from app.services.mails import MailKind
from jobs.reach import Reach, backoff_seconds
from jobs.worker import Worker, log


def send_next(worker: Worker, now: datetime) -> bool:
    """Send the message that waits longest for its turn; True when there may be more.

    Commits. Raise MailUnavailable while the mail server is away: the message waits, and the others with it.
    """
    due, reach = mail_queue.find_due(now), _reach(worker)
    if due is None:
        # What waits for its next try is not well because nothing is to be done for the moment.
        if reach.is_away() and mail_queue.is_any_waiting():
            raise MailUnavailable(reach.words())
        return False
    mail_id, tries = due
    reach.ask()
    next_at = now + _wait(worker.config, tries + 1)
    mail = mail_queue.take(mail_id, tries, next_at, _lifetimes(worker.config), worker.epoch, now)
    if mail is None:
        return mail_queue.find_due(now) != due
    try:
        _deliver(mail, worker.config, now)
    except RecipientRefused as error:
        reach.answered()
        _note_refusal(mail, error, worker.config, now)
    except MailUnavailable as error:
        reach.failed(error)
        mail_queue.note_not_sent(mail, str(error), _give_up(worker.config), now)
        raise
    else:
        reach.answered()
        mail_queue.note_sent(mail, now)
    return True


def _reach(worker: Worker) -> Reach:
    """Return what this worker knows of the mail server."""
    config = worker.config
    if "mail_reach" not in worker.memory:
        worker.memory["mail_reach"] = Reach(
            config["MAIL_RETRY_SECONDS"],
            config["MAIL_RETRY_MAX_SECONDS"],
            lambda: worker.clock(),
            MailUnavailable,
        )
    reach: Reach = worker.memory["mail_reach"]
    return reach


def _deliver(mail: Outgoing, config: Mapping[str, Any], now: datetime) -> None:
    name = f"{now:%Y%m%d-%H%M%S}-{mail.mail_id}-{mail.kind.value}.eml"
    hand_over(write_letter(mail), mail.address, name, config, now)
    if config["MAIL_SERVER"]:
        log.info("mail %d (%s) was sent", mail.mail_id, mail.kind.value)


def _note_refusal(mail: Outgoing, error: RecipientRefused, config: Mapping[str, Any], now: datetime) -> None:
    log.warning("mail %d (%s) was refused: %s", mail.mail_id, mail.kind.value, error)
    if error.is_permanent:
        mail_queue.note_given_up(mail, str(error))
    else:
        mail_queue.note_not_sent(mail, str(error), _give_up(config), now)


def _wait(config: Mapping[str, Any], tries: int) -> timedelta:
    first, longest = config["MAIL_RETRY_SECONDS"], config["MAIL_RETRY_MAX_SECONDS"]
    return timedelta(seconds=backoff_seconds(tries, first, longest))


def _give_up(config: Mapping[str, Any]) -> timedelta:
    return timedelta(hours=config["MAIL_GIVE_UP_HOURS"])


def _lifetimes(config: Mapping[str, Any]) -> dict[MailKind, timedelta]:
    """Return how long the links of each text live."""
    confirm = timedelta(hours=config["CONFIRM_LINK_HOURS"])
    reset = timedelta(minutes=config["RESET_LINK_MINUTES"])
    return {
        MailKind.CONFIRM: confirm,
        MailKind.RESET: reset,
        MailKind.NEW_EMAIL: confirm,
    }
