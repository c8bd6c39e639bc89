"""What is remembered of a task beside its states: changes of its fields, comments, and who follows it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Model
from app.models.user import User


class TaskChange(Model):
    """One field of a task that a person changed: append-only."""

    __tablename__ = "task_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    # Who wanted it, also where the scheduled work carried it out.
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    # domain/way.Way.
    way: Mapped[str] = mapped_column(String(8))
    # A field of the name, or one of services/changes.FACTS; None: it was, or is, not given.
    field: Mapped[str] = mapped_column(String(32))
    old: Mapped[str | None] = mapped_column(Text)
    new: Mapped[str | None] = mapped_column(Text)

    user: Mapped[User | None] = relationship()


class TaskComment(Model):
    """What a person wrote about a task. A deleted one stays as a row without its text."""

    __tablename__ = "task_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    # Plain text with line breaks.
    text: Mapped[str] = mapped_column(Text)
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    deleted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    user: Mapped[User] = relationship(foreign_keys=[user_id])
    deleted_by: Mapped[User | None] = relationship(foreign_keys=[deleted_by_id])


class CommentMention(Model):
    """A person was told that a comment names them: one mail a comment and person."""

    __tablename__ = "comment_mention"

    comment_id: Mapped[int] = mapped_column(
        ForeignKey("task_comment.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)


class TaskFollower(Model):
    """A person wants to keep an eye on a task."""

    __tablename__ = "task_follower"
    # The filter "followed".
    __table_args__ = (Index("ix_task_follower_user_id_task_id", "user_id", "task_id"),)

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    since: Mapped[datetime]
