"""Send the mail that waits, each message once; a mail server that is away loses nothing."""

import email.policy
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from functools import partial
from pathlib import Path
from typing import Any

from app.mail_texts import Letter, write_letter
from app.services import mail_queue
from app.services.mail_queue import Outgoing
from app.services.mails import MailKind
from jobs.mail_server import MailUnavailable, RecipientRefused, ServerSettings, send, write_file
from jobs.reach import Reach, backoff_seconds
from jobs.worker import Worker, log


def send_next(worker: Worker, now: datetime) -> bool:
    """Send the message that waits longest for its turn; True when there may be more.

    Commits. Raise MailUnavailable while the mail server is away: the message waits, and the others with it.
    """
    due = mail_queue.find_due(now)
    if due is None:
        return False
    mail_id, tries = due
    reach = _reach(worker)
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
    if not config["MAIL_SERVER"]:
        name = f"{now:%Y%m%d-%H%M%S}-{mail.mail_id}-{mail.kind.value}.eml"
        write_file(_message(mail, config, now, "8bit"), Path(config["INSTANCE"]) / "mail" / name)
        log.info("mail: no server is named in the settings; written to the file mail/%s", name)
        return
    message = _message(mail, config, now, "7bit")
    send(message, mail.address, ServerSettings.from_config(config))
    log.info("mail %d (%s) was sent", mail.mail_id, mail.kind.value)


def _message(mail: Outgoing, config: Mapping[str, Any], now: datetime, cte_type: str) -> EmailMessage:
    """Write the message. Raise RecipientRefused when its address cannot stand in a header.

    cte_type: "7bit" passes through any server; "8bit" leaves the texts in a file readable.
    """
    message = EmailMessage(email.policy.SMTP.clone(cte_type=cte_type))
    try:
        message["To"] = mail.address
        if not mail.address.isascii() or len(message["To"].addresses) != 1:
            raise ValueError
    except ValueError:
        raise RecipientRefused("no mail can be sent to such an address", is_permanent=True) from None
    letter = write_letter(mail)
    message["From"] = config["MAIL_FROM"]
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=ServerSettings.from_config(config).own_name)
    # No absence message is to answer it (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    _add_texts(message, letter)
    return message


def _add_texts(message: EmailMessage, letter: Letter) -> None:
    is_for_reading = message.policy.cte_type == "8bit"
    set_content = partial(message.set_content, cte="8bit") if is_for_reading else message.set_content
    set_content(letter.text)
    add = partial(message.add_alternative, cte="8bit") if is_for_reading else message.add_alternative
    add(letter.html, subtype="html")


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
