"""What is carried out next: kills, other orders, then submissions by the priority of their tasks."""

from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, or_, select, true
from sqlalchemy.orm import aliased

from app.domain.approval import OFF, ApprovalRules
from app.domain.chain import DONE, FINISHED, Parent, releases
from app.domain.command import REPEATED, TURN_ORDER
from app.domain.task_state import CommandKind, CommandState, TaskState, shown_state
from app.domain.twin import lets_go, trial
from app.extensions import db
from app.models import PandaCommand, Task


def next_command(
    now: datetime,
    longest_wait: timedelta,
    kinds: frozenset[CommandKind],
    undo: timedelta = timedelta(0),
    approval: ApprovalRules = OFF,
) -> PandaCommand | None:
    """Return the command of these kinds that is to be carried out next, or None.

    No wait is as long as longest_wait: a moment further away was written by a clock that ran ahead. A child
    that its parent does not release, a task whose twin has not passed, and one that nobody has approved, is
    passed over, so that it holds up nobody; so is a submission younger than undo, which a person may still
    take back. One statement, along an index.
    """
    moments = {"now": now, "far": now + longest_wait, "undone": now - undo}
    more = {"from_jobs": approval.from_jobs} if approval.is_on else {}
    return db.session.scalar(_next_of(kinds, approval.is_on), moments | more)


@cache  # putting it together takes longer than running it
def _next_of(kinds: frozenset[CommandKind], needs_approval: bool) -> Select[PandaCommand]:
    # Not a column alone: PostgreSQL, while it has no statistics of a table that has just grown, would collect
    # all that are due and sort them, instead of following the index that has them in order.
    next_at = func.coalesce(PandaCommand.next_at, PandaCommand.created_at)
    is_due = or_(next_at <= bindparam("now"), next_at > bindparam("far"))
    is_order = PandaCommand.turn <= TURN_ORDER
    # Without submissions a range of the index: thousands of queued tasks are not read.
    is_meant = or_(PandaCommand.created_at <= bindparam("undone"), PandaCommand.created_at > bindparam("far"))
    is_approved = [_approval_releases()] if needs_approval else []
    is_released = and_(is_meant, _parent_releases(), _twin_releases(), *is_approved)
    may_go = or_(is_order, is_released) if CommandKind.SUBMIT in kinds else is_order
    return (
        select(PandaCommand)
        .where(PandaCommand.state == CommandState.READY.value, is_due, may_go)
        .where(true() if kinds == set(CommandKind) else PandaCommand.kind.in_(sorted(kinds)))
        .order_by(PandaCommand.turn, PandaCommand.next_at, PandaCommand.id)
        .limit(1)
    )


def _parent_releases() -> ColumnElement[bool]:
    """Say whether the task of a command has no parent, or one that releases it: domain/chain.py in SQL.

    Values and no EXISTS: that PostgreSQL would turn into one look at all tasks of the database.
    """
    parent = aliased(Task)
    its_task = Task.id == PandaCommand.task_id
    parent_id = select(Task.parent_id).where(its_task).correlate(PandaCommand).scalar_subquery()
    released = select(is_there(parent)).where(parent.id == parent_id)
    return or_(parent_id.is_(None), released.correlate(PandaCommand).scalar_subquery())


def is_there(parent: type[Task]) -> ColumnElement[bool]:
    """Say whether a task has made what its children read. May be NULL, for no. parent: Task or an alias."""
    is_good_enough = or_(
        parent.part_accepted_at.is_not(None),
        and_(parent.jobs_total > 0, parent.jobs_done >= parent.jobs_total),
    )
    is_partly_there = and_(parent.panda_status == FINISHED, parent.jobs_done > 0, is_good_enough)
    return or_(parent.panda_status == DONE, is_partly_there)


def _twin_releases() -> ColumnElement[bool]:
    """Say whether the task of a command waits for no twin (any more): domain/twin.py in SQL."""
    twin = aliased(Task)
    its_task = Task.id == PandaCommand.task_id
    awaited = case((Task.test_waived_at.is_(None), Task.waits_for_id))
    twin_id = select(awaited).where(its_task).correlate(PandaCommand).scalar_subquery()
    has_passed = twin.panda_status == DONE
    passed = select(has_passed).where(twin.id == twin_id).correlate(PandaCommand).scalar_subquery()
    return or_(twin_id.is_(None), passed)


def _approval_releases() -> ColumnElement[bool]:
    """Say whether a task may be sent as far as approval goes: domain/approval.py in SQL.

    What was sent before is not asked about again.
    """
    is_good = or_(Task.approved_at.is_not(None), Task.jobs < bindparam("from_jobs"))
    released = (
        select(is_good).where(Task.id == PandaCommand.task_id).correlate(PandaCommand).scalar_subquery()
    )
    return or_(PandaCommand.resent, released)


def next_repeat(now: datetime) -> PandaCommand | None:
    """Return an order whose effect was not seen in time and that may be asked for again, or None."""
    is_due = and_(PandaCommand.state == CommandState.ASKED.value, PandaCommand.next_at <= now)
    return db.session.scalar(
        select(PandaCommand)
        .where(is_due, PandaCommand.kind.in_(sorted(REPEATED)))
        .order_by(PandaCommand.next_at, PandaCommand.id)
        .limit(1)
    )


def parent_waited_for(task: Task) -> Task | None:
    """Return the parent that a queued task waits for, or None when it may be sent."""
    parent = task.parent
    return parent if parent is not None and not releases(as_parent(parent)) else None


def twin_waited_for(task: Task) -> Task | None:
    """Return the twin that a task waits for, or None when it does not keep it from being sent."""
    twin = task.waits_for if task.waits_for_id else None
    if twin is None:
        return None
    found = trial(as_parent(twin).shown_state, is_waived=task.test_waived_at is not None)
    return None if lets_go(found) else twin


def as_parent(task: Task) -> Parent:
    """Return what counts of a task for its children."""
    shown = shown_state(TaskState(task.state), task.panda_status)
    return Parent(shown, task.jobs_done, task.jobs_total, task.part_accepted_at is not None)
