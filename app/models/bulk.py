"""Actions on many tasks at once: what was asked for, and how it went with each task."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Model
from app.models.user import User


class BulkAction(Model):
    """What one person wants done to many tasks."""

    __tablename__ = "bulk_action"
    __table_args__ = (
        # The scheduled work: which are to be carried on.
        Index(
            "ix_bulk_action_going_on",
            "id",
            sqlite_where=text("state IN ('confirmed', 'running')"),
            postgresql_where=text("state IN ('confirmed', 'running')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    # domain/bulk.BulkKind and BulkState.
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    # What was typed, as JSON; None: nothing yet, or nothing is asked for.
    wish: Mapped[str | None] = mapped_column(Text)
    # The page that the tasks were chosen on.
    back: Mapped[str] = mapped_column(Text)
    tasks: Mapped[int]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class BulkItem(Model):
    """One task of an action, as it was when it was chosen. The task may be gone since: no foreign key."""

    __tablename__ = "bulk_item"
    __table_args__ = (Index("ix_bulk_item_action_id_result_id", "action_id", "result", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("bulk_action.id", ondelete="CASCADE"))
    task_id: Mapped[int]
    task_name: Mapped[str] = mapped_column(String(256))
    task_version: Mapped[int]
    # domain/bulk.BulkResult; None: its turn has not come.
    result: Mapped[str | None] = mapped_column(String(16))
    # domain/bulk.Why, and what belongs to it as JSON.
    why: Mapped[str | None] = mapped_column(String(16))
    details: Mapped[str | None] = mapped_column(Text)
