"""Production tasks, the fields of their names, and the history of their states."""

import re
from datetime import datetime

from sqlalchemy import BigInteger, Double, ForeignKey, Index, String, Text, false, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Model
from app.models.user import User

# Most tasks have neither: the refresh has less to write.
_HAS_CAMPAIGN, _HAS_REQUEST = text("campaign IS NOT NULL"), text("request IS NOT NULL")
_HAS_TWIN = text("waits_for_id IS NOT NULL")
_IS_UNAPPROVED = text("state = 'queued' AND approved_at IS NULL")
_IS_EXTENSION = text("extends_id IS NOT NULL")


class Task(Model):
    __tablename__ = "task"
    __table_args__ = (
        # The list's sorts and its filters by state, creator and type, each with the newest first.
        Index("ix_task_updated_at_id", "updated_at", "id"),
        Index("ix_task_shown_state_updated_at", "shown_state", "updated_at"),
        Index("ix_task_creator_name_updated_at", "creator_name", "updated_at"),
        Index("ix_task_task_type_updated_at", "task_type", "updated_at"),
        Index("ix_task_parent_id_id", "parent_id", "id"),
        # The filter by the day a task was made.
        Index("ix_task_created_at", "created_at"),
        Index(
            "ix_task_campaign_updated_at",
            "campaign",
            "updated_at",
            sqlite_where=_HAS_CAMPAIGN,
            postgresql_where=_HAS_CAMPAIGN,
        ),
        Index(
            "ix_task_request_updated_at",
            "request",
            "updated_at",
            sqlite_where=_HAS_REQUEST,
            postgresql_where=_HAS_REQUEST,
        ),
        # What extends a task.
        Index("ix_task_extends_id", "extends_id", sqlite_where=_IS_EXTENSION, postgresql_where=_IS_EXTENSION),
        # What waits for approval.
        Index(
            "ix_task_unapproved",
            "state",
            "jobs",
            sqlite_where=_IS_UNAPPROVED,
            postgresql_where=_IS_UNAPPROVED,
        ),
        # The task that a twin tests.
        Index("ix_task_waits_for_id", "waits_for_id", sqlite_where=_HAS_TWIN, postgresql_where=_HAS_TWIN),
        # The read-back: which accepted tasks have not been looked at.
        Index(
            "ix_task_unverified",
            "id",
            sqlite_where=text("verified_at IS NULL"),
            postgresql_where=text("verified_at IS NULL"),
        ),
        # The refresh: which tasks are due.
        Index("ix_task_state_refresh_due_at", "state", "refresh_due_at"),
        # Each refresh writes into every row: with room left in its page the indexes stay as they are.
        {"postgresql_with": {"fillfactor": 70}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(256), unique=True)
    convention_version: Mapped[int]
    # The name's data source: the prototype's "Task type".
    task_type: Mapped[str] = mapped_column(String(64))
    # The name's data type: it chooses the recipe.
    recipe: Mapped[str] = mapped_column(String(64))
    collision: Mapped[str | None] = mapped_column(String(16))
    events: Mapped[int] = mapped_column(BigInteger)
    jobs: Mapped[int]
    creator_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    creator_name: Mapped[str] = mapped_column(String(64))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"))
    # The first task of the chain; empty for a task on its own.
    chain_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"), index=True)
    # The task whose form was copied.
    cloned_from_id: Mapped[int | None] = mapped_column(ForeignKey("task.id", ondelete="SET NULL"), index=True)
    # What its name says of the physics (domain/sample.py); empty: it was written before that was kept.
    sample: Mapped[str | None] = mapped_column(String(256), index=True)
    # The first task of the sample that this one makes larger, and the number its events begin with.
    extends_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"))
    first_event: Mapped[int | None] = mapped_column(BigInteger)
    # A small test of another task, no part of its sample; and the test that this one waits for, unless
    # somebody decided otherwise.
    is_twin: Mapped[bool] = mapped_column(default=False, server_default=false())
    waits_for_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"))
    test_waived_at: Mapped[datetime | None]
    test_waived_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    # That it may be sent, by whom; empty: nobody has said so since it was last changed.
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    # That only part of it is there is good enough for its children; by nobody: by the setting.
    part_accepted_at: Mapped[datetime | None]
    part_accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    # What it is for, in people's words. Never sent to PanDA.
    campaign: Mapped[str | None] = mapped_column(String(64))
    request: Mapped[str | None] = mapped_column(String(64))

    state: Mapped[str] = mapped_column(String(16))
    # PanDA's own word, as it came.
    panda_status: Mapped[str | None] = mapped_column(String(64))
    # What pages show, filter and sort by: domain/task_state.shown_state of the two above.
    shown_state: Mapped[str] = mapped_column(String(64))
    # Since when PanDA has this status (its stateChangeTime), or when we changed our own state.
    state_as_of: Mapped[datetime]
    # When PanDA last confirmed the status.
    confirmed_at: Mapped[datetime | None]
    # PanDA's jediTaskID.
    panda_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    error_dialog: Mapped[str | None] = mapped_column(Text)
    priority: Mapped[int]
    current_priority: Mapped[int | None]
    # JEDI counts RNDMSEED from 1 in every task: seed_first - 1 is sent as the offset.
    seed_first: Mapped[int | None] = mapped_column(BigInteger)
    seed_count: Mapped[int | None]
    # PanDA's nFiles, nFilesFinished, nFilesFailed; for a task without input one file is one job.
    jobs_total: Mapped[int | None]
    jobs_done: Mapped[int] = mapped_column(default=0)
    jobs_failed: Mapped[int] = mapped_column(default=0)

    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    # When we first saw the task scouting or running.
    started_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    # The parameters read back from PanDA were ours.
    verified_at: Mapped[datetime | None]
    # When it is to be read by its id; None: with all others.
    refresh_due_at: Mapped[datetime | None]
    # When a task that has ended is to be read once more; None: not any more.
    recheck_at: Mapped[datetime | None]
    # When its details were last read.
    progress_at: Mapped[datetime | None]
    # Counts the edits and state changes of ours: the optimistic lock.
    version: Mapped[int] = mapped_column(default=1)

    creator: Mapped[User] = relationship(foreign_keys=creator_id)
    part_accepted_by: Mapped[User | None] = relationship(foreign_keys=part_accepted_by_id)
    cloned_from: Mapped["Task | None"] = relationship(remote_side="Task.id", foreign_keys=cloned_from_id)
    extends: Mapped["Task | None"] = relationship(remote_side="Task.id", foreign_keys="Task.extends_id")
    waits_for: Mapped["Task | None"] = relationship(remote_side="Task.id", foreign_keys="Task.waits_for_id")
    approved_by: Mapped[User | None] = relationship(foreign_keys=approved_by_id)
    test_waived_by: Mapped[User | None] = relationship(foreign_keys=test_waived_by_id)
    parent: Mapped["Task | None"] = relationship(remote_side="Task.id", foreign_keys="Task.parent_id")
    fields: Mapped[list["TaskField"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)
    tags: Mapped[list["TaskTag"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="TaskTag.tag"
    )

    def __repr__(self) -> str:
        return f"<Task {self.id} {self.name} {self.shown_state}>"


# As number_of reads it; longer ones are no numbers of a name.
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")


def number_of(value: str) -> float | None:
    """Return the number that a value is spelled as; None for any other text."""
    return float(value) if _NUMBER.fullmatch(value) else None


def _number_of_row(context: DefaultExecutionContext) -> float | None:
    """Follow the value, whoever writes the row."""
    return number_of(context.get_current_parameters()["value"])  # type: ignore[no-untyped-call]


class TaskField(Model):
    """One field of a task's name, for filters. Rows, not columns: the convention may change."""

    __tablename__ = "task_field"
    __table_args__ = (
        Index("ix_task_field_field_value_task_id", "field", "value", "task_id"),
        # The filter by a range of numbers.
        Index(
            "ix_task_field_field_number_task_id",
            "field",
            "number",
            "task_id",
            sqlite_where=text("number IS NOT NULL"),
            postgresql_where=text("number IS NOT NULL"),
        ),
    )

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"), primary_key=True)
    field: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(String(256))
    # The value as a number, where it is spelled as one. A column, as a cast of any other text is an error on
    # PostgreSQL and 0 on SQLite, and neither could use an index.
    number: Mapped[float | None] = mapped_column(Double, default=_number_of_row)


class TaskTag(Model):
    """A word that people find the task by."""

    __tablename__ = "task_tag"
    # The filter, and the tags in use.
    __table_args__ = (Index("ix_task_tag_tag_task_id", "tag", "task_id"),)

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(32), primary_key=True)


class TaskTransition(Model):
    """One change of the state shown: append-only."""

    __tablename__ = "task_transition"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    old: Mapped[str | None] = mapped_column(String(64))
    new: Mapped[str] = mapped_column(String(64))
    # None: the scheduled work.
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str | None] = mapped_column(Text)

    user: Mapped[User | None] = relationship()
