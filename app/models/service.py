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
    # While PanDA cannot be reached: since when, in whose words, and when it is tried next.
    panda_away_since: Mapped[datetime | None]
    panda_away_words: Mapped[str | None] = mapped_column(Text)
    panda_next_try_at: Mapped[datetime | None]
    # Since when there is a side journal of sends: from then on it must be there.
    journal_begun_at: Mapped[datetime | None]


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
    # When its present run began, for work that rests for long; None while it rests.
    begun_at: Mapped[datetime | None]
    last_good_at: Mapped[datetime | None]
    last_error_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)


class StraySend(Model):
    """A send of this installation that the database does not know: it was restored, or copied."""

    __tablename__ = "stray_send"

    id: Mapped[int] = mapped_column(primary_key=True)
    # The idempotency key of that send, or what else tells it from others.
    key: Mapped[str] = mapped_column(String(64), unique=True)
    # Where it was found: "panda" or "journal".
    found_in: Mapped[str] = mapped_column(String(16))
    panda_id: Mapped[int | None] = mapped_column(BigInteger)
    name: Mapped[str | None] = mapped_column(String(256))
    found_at: Mapped[datetime]
    # Nothing is sent until somebody has looked at it.
    released_at: Mapped[datetime | None]


class Alarm(Model):
    """One row per alarm that is on: so that it is mailed once, and its end too."""

    __tablename__ = "alarm"

    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    since: Mapped[datetime]
    words: Mapped[str] = mapped_column(Text)
    mailed_at: Mapped[datetime | None]


class Counter(Model):
    """A number that only rises: the next free seed."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    next_value: Mapped[int] = mapped_column(BigInteger)
