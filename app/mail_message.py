"""Make a message of a text, and hand it over: to the mail server, or in a demo into a file."""

import email.policy
import logging
from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from functools import partial
from pathlib import Path
from typing import Any

from app.mail_server import RecipientRefused, ServerSettings, send, write_file
from app.mail_texts import Letter

log = logging.getLogger("spd.mail")


def hand_over(letter: Letter, address: str, file_name: str, config: Mapping[str, Any], now: datetime) -> None:
    """Send a text to one address over a connection of its own; without a server write it into mail/file_name.

    Return only when the server has taken it. Raise MailUnavailable or RecipientRefused.
    """
    if not config["MAIL_SERVER"]:
        path = Path(config["INSTANCE"]) / "mail" / file_name
        write_file(_message(letter, address, config, now, "8bit"), path)
        log.info("mail: no server is named in the settings; written to the file mail/%s", file_name)
        return
    message = _message(letter, address, config, now, "7bit")
    send(message, address, ServerSettings.from_config(config))


def _message(
    letter: Letter, address: str, config: Mapping[str, Any], now: datetime, cte_type: str
) -> EmailMessage:
    """Write the message. Raise RecipientRefused when its address cannot stand in a header.

    cte_type: "7bit" passes through any server; "8bit" leaves the texts in a file readable.
    """
    message = EmailMessage(email.policy.SMTP.clone(cte_type=cte_type))
    try:
        message["To"] = address
        if not address.isascii() or len(message["To"].addresses) != 1:
            raise ValueError
    except ValueError:
        raise RecipientRefused("no mail can be sent to such an address", is_permanent=True) from None
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
