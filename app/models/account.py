"""What guards an account: known browsers, recovery codes, guesses counted, and what happened to it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Model
from app.models.user import User


class KnownDevice(Model):
    """A browser that signed in before: it gets in while strangers guess. The cookie's SHA-256.

    Several people may use one browser: it has one cookie, and a row for each of them.
    """

    __tablename__ = "known_device"
    __table_args__ = (UniqueConstraint("token_hash", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]


class RecoveryCode(Model):
    """Stands in for the second factor once. SHA-256: the codes are random and long."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    used_at: Mapped[datetime | None]


class Throttle(Model):
    """What was tried lately under one key; over all processes, for it stands in the database."""

    __tablename__ = "throttle"

    # Purpose and whom it is about, e.g. "sign-in:user:17".
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    # Moments of the tries that still count, JSON list of seconds since 1970.
    moments: Mapped[str] = mapped_column(Text)
    # Housekeeping forgets rows whose last try is long ago.
    updated_at: Mapped[datetime] = mapped_column(index=True)


class AccountEvent(Model):
    """What happened at the door: sign-ins, refusals, changes of passwords and roles. Append-only."""

    __tablename__ = "account_event"
    __table_args__ = (
        # The admins' list, the newest first; and that of one person.
        Index("ix_account_event_at_id", "at", "id"),
        Index("ix_account_event_user_id_at", "user_id", "at"),
        Index("ix_account_event_kind_at", "kind", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    # domain/sign_in.Event.
    kind: Mapped[str] = mapped_column(String(32))
    # Whose account; None: nobody's that exists. What was typed is not kept: it may be a password.
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    # Who did it, where that is somebody else.
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    # More about it, in words without secrets: a role, the reason of a refusal.
    words: Mapped[str] = mapped_column(String(300), default="")
    browser: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(45), default="")

    user: Mapped[User | None] = relationship(foreign_keys=[user_id])
    actor: Mapped[User | None] = relationship(foreign_keys=[actor_id])
