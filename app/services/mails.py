"""The queue of mail. Pages add to it; the scheduled work sends (jobs/mail.py)."""

import json
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from app.domain.sign_in import Visitor
from app.models import Mail, User
from app.services.throttle import may_try

# A stranger must not fill somebody's mailbox by our hand.
MAILS_TO_ONE_ADDRESS = 5
WINDOW = timedelta(hours=1)
DEFAULT_LANGUAGE = "en"


class MailState(StrEnum):
    """What becomes of a message."""

    WAITING = "waiting"
    SENT = "sent"
    DROPPED = "dropped"  # there is nobody to send it to
    GIVEN_UP = "given_up"


class MailKind(StrEnum):
    """Which text: mail_texts.py holds the words."""

    CONFIRM = "confirm"  # a link: the address of a new account
    ACCOUNT_EXISTS = "account_exists"  # somebody registered with an address that has an account
    RESET = "reset"  # a link: a new password
    NEW_EMAIL = "new_email"  # a link, to the new address
    EMAIL_CHANGED = "email_changed"  # to the old one
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  a word, not a password
    SECOND_FACTOR_CHANGED = "second_factor_changed"
    ROLE_CHANGED = "role_changed"
    RECOVERY_CODE_USED = "recovery_code_used"  # in the place of the code of the app
    CODES_REFUSED = "codes_refused"  # somebody has the password and guesses at the code

    MENTION = "mention"  # a comment names them

    IDENTITY_LINKED = "identity_linked"
    IDENTITY_REMOVED = "identity_removed"


# Messages that hold a link with which an account can be taken over.
WITH_LINKS = (MailKind.RESET.value, MailKind.NEW_EMAIL.value)


def language_for(user: User, page: str = DEFAULT_LANGUAGE) -> str:
    """Return what a person's mails are written in: as they chose, else as they last read the service.

    page: the language of the page that asks for the mail, for somebody of whom neither is known.
    """
    return user.language or user.seen_language or page


def queue_mail(
    session: Session,
    kind: MailKind,
    address: str,
    language: str,
    now: datetime,
    *,
    user: User | None = None,
    **facts: str,
) -> None:
    """Queue a message in the caller's transaction.

    user: whom it is about; None: whoever has the address, found when it is sent. facts: values of the text,
    without secrets: a link's token is made when the message is sent.
    """
    session.add(
        Mail(
            kind=kind.value,
            state=MailState.WAITING.value,
            user_id=user.id if user else None,
            address=address,
            language=language,
            facts=json.dumps(facts),
            created_at=now,
            next_at=now,
        )
    )


def may_ask_for_mail(kind: MailKind, address: str, visitor: Visitor, limit: int, now: datetime) -> bool:
    """Count that a mail of this kind to this address was asked for, and say whether it may be sent.

    Each kind is counted apart: who has mails of one kind sent to somebody must not keep the link for a new
    password from them. Mails that nobody gets count like others, or the count would tell who has an account.
    address: as typed, whether somebody has it or not. limit: from one address of the network within an hour.
    Commits.
    """
    network, mailbox = f"mails:from:{visitor.network}", f"mails:{kind}:to:{address.lower()}"
    return may_try(network, limit, WINDOW, now) and may_try(mailbox, MAILS_TO_ONE_ADDRESS, WINDOW, now)
