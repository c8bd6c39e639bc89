"""Approval of tasks by a manager: given to several at once, refused with a comment."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal_column, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.approval import ApprovalRules
from app.domain.permission import Right, Role, may
from app.domain.task_state import TaskState
from app.extensions import db, write_unit
from app.models import Task, User
from app.services.paging import Page, read_page
from app.services.problems import ChangedMeanwhile, NotAllowed, NotPossibleNow
from app.services.tasks import get_task, may_act, withdraw_queued
from app.services.transitions import changed_one, move, note_transition
from app.services.twins import twin_to_draft

# In the history of a task.
APPROVED = "approved"
DECLINED = "declined: {comment}"


def waiting(rules: ApprovalRules) -> list[ColumnElement[bool]]:
    """Return what is true of tasks that wait for approval."""
    # Spelled out, not bound: else SQLite would not know that its small index is meant.
    is_queued = Task.state == literal_column("'queued'")
    return [is_queued, Task.approved_at.is_(None), Task.jobs >= rules.from_jobs]


def list_waiting(rules: ApprovalRules, number: int, size: int, count_limit: int) -> Page[Task]:
    """Return a page of the tasks that wait for approval, oldest first; with approval off there are none."""
    ids = [*waiting(rules), *([] if rules.is_on else [Task.id < 0])]
    rows = (
        select(Task)
        .where(*ids)
        .order_by(Task.id)
        .options(joinedload(Task.creator), selectinload(Task.fields))
    )
    return read_page(rows, number, size, count_limit)


def count_waiting(rules: ApprovalRules, most: int) -> int:
    """Count the tasks that wait for approval, up to `most`."""
    if not rules.is_on:
        return 0
    some = select(Task.id).where(*waiting(rules)).limit(most).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


def approve(versions: Mapping[int, int], user: User, now: datetime) -> set[int]:
    """Approve queued tasks as they were seen, each with its twin. Commits.

    versions: of the tasks on the page that was sent; what has changed since, or is approved already, is left
    as it is. Returns the ids of those of them that were approved. Raise NotAllowed.
    """
    if not may(Role(user.role), Right.APPROVE_TASK):
        raise NotAllowed(Right.APPROVE_TASK)
    with write_unit() as session:
        user_id = user.id
        seen = session.scalars(select(Task).where(Task.id.in_(versions)).order_by(Task.id)).all()
        twins = {task.waits_for: task for task in seen if task.waits_for}
        approved: set[int] = set()
        # By their ids, whoever else approves some of them; a twin comes after its task.
        for task in sorted({*seen, *twins}, key=lambda each: each.id):
            is_meant = task.id in versions or twins[task].id in approved
            if is_meant and _approve(session, task, versions.get(task.id, task.version), user_id, now):
                approved.add(task.id)
        return {task.id for task in seen if task.id in approved}


def find_left_out(ids: Sequence[int]) -> list[Task]:
    """Return the tasks of these ids, to say what has become of each."""
    found = select(Task).where(Task.id.in_(ids)).order_by(Task.id)
    return list(db.session.scalars(found.options(joinedload(Task.approved_by))))


def _approve(session: Session, task: Task, version: int, user_id: int, now: datetime) -> bool:
    values = {"approved_at": now, "approved_by_id": user_id, "updated_at": now}
    unchanged = Task.version == version, Task.state == TaskState.QUEUED.value, Task.approved_at.is_(None)
    statement = update(Task).where(Task.id == task.id, *unchanged)
    if not changed_one(session, statement.values(values | {"version": Task.version + 1})):
        return False
    queued = TaskState.QUEUED.value
    note_transition(session, task.id, queued, queued, now, user_id=user_id, reason=APPROVED)
    return True


def decline(
    task_id: int, user: User, version: int, comment: str, now: datetime, rules: ApprovalRules
) -> Task:
    """Put a task that waits for approval back to a draft; the comment stands in its history. Commits.

    Raise NotFound, NotAllowed, NotPossibleNow unless it waits, ChangedMeanwhile.
    """
    with write_unit() as session:
        task = get_task(task_id, user)
        if not may_act(user, task, Right.APPROVE_TASK):
            raise NotAllowed(Right.APPROVE_TASK)
        if not is_waiting(task, rules):
            raise NotPossibleNow(task)
        if task.version != version:
            raise ChangedMeanwhile(task)
        withdraw_queued(session, task, user, now)
        why = DECLINED.format(comment=comment)
        move(session, task_id, TaskState.WITHDRAWN, TaskState.DRAFT, now, user_id=user.id, reason=why)
        twin_to_draft(session, task, user.id, now)
        session.refresh(task)
    return task


def is_waiting(task: Task, rules: ApprovalRules) -> bool:
    """Say whether a task waits for approval."""
    is_queued = task.state == TaskState.QUEUED.value
    return is_queued and rules.holds(task.jobs, is_approved=task.approved_at is not None)
