"""Mail: the queue that the scheduled work sends from, and the one-time links in it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model


class Mail(Model):
    """One message. Pages only add rows; a mail server that is away loses nothing."""

    __tablename__ = "mail"
    # What is due: the sender.
    __table_args__ = (Index("ix_mail_state_next_at", "state", "next_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # Which text: services/mails.MailKind; app/mail_texts.py holds the words.
    kind: Mapped[str] = mapped_column(String(32))
    # waiting, sent, dropped (there was nobody to send it to) or given_up: services/mails.MailState.
    state: Mapped[str] = mapped_column(String(16))
    # Whom it is about. None: whoever has the address, found when it is sent, so that a page takes the same
    # time and says the same for an address that nobody has.
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    address: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(8))
    # Values of the text, a JSON object without secrets. A link's token is made when it is sent.
    facts: Mapped[str] = mapped_column(Text, default="{}")
    created_at: Mapped[datetime]
    next_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None]


class MailLink(Model):
    """A link that can be used once. The mail holds the token, the database only its SHA-256."""

    __tablename__ = "mail_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    # confirm, reset or email: services/links.Purpose.
    purpose: Mapped[str] = mapped_column(String(16))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    # Where it was sent; for "email" the address that the account is to get.
    address: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
