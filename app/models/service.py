"""What the service remembers about itself."""

from datetime import datetime

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model


class Installation(Model):
    """One row: which installation this database belongs to, and whether delivery is paused."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[str] = mapped_column(String(64))
    # Why nothing is sent; None when delivery runs. A code of messages.PAUSES.
    paused_for: Mapped[str | None] = mapped_column(String(32))
    paused_at: Mapped[datetime | None]
    paused_words: Mapped[str | None] = mapped_column(Text)
    panda_answered_at: Mapped[datetime | None]


class Holder(Model):
    """One row: who does the scheduled work. The epoch rises with each new holder and guards its writes."""

    __tablename__ = "holder"

    id: Mapped[int] = mapped_column(primary_key=True)
    epoch: Mapped[int]
    owner: Mapped[str] = mapped_column(String(128))
    since: Mapped[datetime]


class ScheduledWork(Model):
    """One row per piece of scheduled work, written by the work itself."""

    __tablename__ = "scheduled_work"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    every_seconds: Mapped[int]
    last_good_at: Mapped[datetime | None]
    last_error_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)


class Counter(Model):
    """A number that only rises: the next free seed."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    next_value: Mapped[int] = mapped_column(BigInteger)
