"""The queue of mail. Pages add to it; the scheduled work sends (jobs/mail.py)."""

import json
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from app.models import Mail, User


class MailState(StrEnum):
    """What becomes of a message."""

    WAITING = "waiting"
    SENT = "sent"
    DROPPED = "dropped"  # there is nobody to send it to
    GIVEN_UP = "given_up"


class MailKind(StrEnum):
    """Which text: a folder name of templates/mail."""

    CONFIRM = "confirm"  # a link: the address of a new account
    ACCOUNT_EXISTS = "account_exists"  # somebody registered with an address that has an account
    RESET = "reset"  # a link: a new password
    INVITE = "invite"  # a link: the first password of an account that an admin made
    NEW_EMAIL = "new_email"  # a link, to the new address
    EMAIL_CHANGED = "email_changed"  # to the old one
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  a word, not a password
    SECOND_FACTOR_CHANGED = "second_factor_changed"
    ROLE_CHANGED = "role_changed"


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
