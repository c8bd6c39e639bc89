"""What we want PanDA to do: the outbox."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Model
from app.models.task import Task
from app.models.user import User

_OPEN = text("state IN ('ready', 'sending', 'unknown', 'held', 'asked')")  # task_state.OPEN_STATES


class PandaCommand(Model):
    __tablename__ = "panda_command"
    __table_args__ = (
        # One open command a task: two clicks make one row.
        Index("uq_panda_command_open", "task_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        # Delivery: whose turn it is.
        Index("ix_panda_command_state_turn", "state", "turn", "next_at", "id"),
        # Reconcile, and orders that are asked again: what is due.
        Index("ix_panda_command_state_next_at", "state", "next_at"),
        # The watch for duplicates and for effects.
        Index("ix_panda_command_state_watched_at", "state", "watched_at"),
        Index(
            "ix_panda_command_watch_until",
            "watch_until",
            sqlite_where=text("watch_until IS NOT NULL"),
            postgresql_where=text("watch_until IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"), index=True)
    # A CommandKind, what it is given (a priority; soft or hard), and why somebody wants it.
    kind: Mapped[str] = mapped_column(String(16))
    argument: Mapped[str | None] = mapped_column(String(32))
    comment: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    # Our idempotency key, sent as ticketID and in a key of our own: how a lost task is found again.
    key: Mapped[str] = mapped_column(String(36), unique=True)
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    # How it was asked for: domain/way.Way.
    way: Mapped[str] = mapped_column(String(8), server_default="web")
    created_at: Mapped[datetime]
    next_at: Mapped[datetime]
    # Its place in the queue, smallest first: domain/command.turn_of. The default is that of no priority.
    turn: Mapped[int] = mapped_column(server_default=text("1000000"))
    # Tries that provably did not leave this machine.
    tries: Mapped[int] = mapped_column(default=0)
    # Why it waits, in PanDA's or the network's words.
    waits_for: Mapped[str | None] = mapped_column(Text)

    # Frozen at the intent: the exact text sent, and the version of the task it was built from.
    payload: Mapped[str | None] = mapped_column(Text)
    task_version: Mapped[int | None]
    # The highest PanDA id known when it was sent: a lost task has a higher one.
    low_id: Mapped[int | None] = mapped_column(BigInteger)
    sent_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]

    # Looks without a find while a control task was found, and since when no control was possible.
    looks: Mapped[int] = mapped_column(default=0)
    looked_at: Mapped[datetime | None]
    no_control_since: Mapped[datetime | None]
    resent: Mapped[bool] = mapped_column(default=False)

    # What the task was like when PanDA was asked, to tell by what changes that it was carried out.
    status_before: Mapped[str | None] = mapped_column(String(64))
    status_before_at: Mapped[datetime | None]
    # How often PanDA was asked; only a kill more than once.
    asks: Mapped[int] = mapped_column(server_default=text("0"))
    # Until when its effect is waited for, or (for a submission) a second task with its key is looked for;
    # and when that was last done.
    watch_until: Mapped[datetime | None]
    watched_at: Mapped[datetime | None]

    task: Mapped[Task] = relationship()
    requested_by: Mapped[User] = relationship()

    def __repr__(self) -> str:
        return f"<PandaCommand {self.id} {self.kind} of task {self.task_id} {self.state}>"
