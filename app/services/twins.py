"""Twins of tasks: made with them, and sent before them."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.naming import build
from app.domain.problem import Problem
from app.domain.task_state import TaskState
from app.domain.twin import Trial, trial, twin_fields
from app.extensions import db
from app.models import Task
from app.services.drafts import Creator, new_draft, queue_submission
from app.services.problems import Invalid
from app.services.queue import as_parent
from app.services.rules import TaskRules
from app.services.task_input import TaskInput
from app.services.transitions import move


def add_twin(session: Session, creator: Creator, task: Task, rules: TaskRules, now: datetime) -> Task:
    """Make the twin of a new draft, which waits for it from then on. Does not commit.

    Raise Invalid where there can be none.
    """
    if task.recipe not in rules.twins.events or task.parent_id is not None:
        raise Invalid([Problem("twin", "no_twin", {"data_type": task.recipe})])
    fields = _free_fields(session, task, rules)
    events = min(rules.twins.events[task.recipe], task.events)
    twin = new_draft(session, creator, TaskInput(fields, task.collision, events, 1), fields, rules, now)
    twin.is_twin, task.waits_for = True, twin
    session.flush()
    return twin


def _free_fields(session: Session, task: Task, rules: TaskRules) -> dict[str, str]:
    fields = {each.field: each.value for each in task.fields}
    convention = rules.convention
    named = {build(convention, each): each for each in twin_fields(convention, fields, rules.twins)}
    taken = set(session.scalars(select(Task.name).where(Task.name.in_(named))))
    free = next((each for name, each in named.items() if name not in taken), None)
    if free is None:
        raise Invalid([Problem("twin", "no_twin_name")])
    return free


def queue_twin(session: Session, task: Task, user_id: int, now: datetime) -> None:
    """Queue the twin of a task that is being queued, if it is a draft. Does not commit."""
    twin = task.waits_for
    if twin is None or task.test_waived_at is not None:
        return
    twin_to_draft(session, task, user_id, now)
    if twin.state != TaskState.DRAFT.value:
        return
    if move(session, twin.id, TaskState.DRAFT, TaskState.QUEUED, now, user_id=user_id):
        queue_submission(session, twin, user_id, now)


def twin_to_draft(session: Session, task: Task, user_id: int, now: datetime) -> None:
    """Make the twin of a task a draft again that was withdrawn with it. Does not commit."""
    twin = task.waits_for
    if twin is not None and twin.state == TaskState.WITHDRAWN.value:
        move(session, twin.id, TaskState.WITHDRAWN, TaskState.DRAFT, now, user_id=user_id)
        session.refresh(twin)


def trial_of(task: Task) -> Trial | None:
    """Return what has come of the twin of a task, or None where it has none."""
    if task.waits_for is None:
        return None
    return trial(as_parent(task.waits_for).shown_state, is_waived=task.test_waived_at is not None)


def task_of_twin(twin: Task) -> Task | None:
    """Return the task that waits, or waited, for a twin."""
    return db.session.scalar(select(Task).where(Task.waits_for_id == twin.id)) if twin.is_twin else None


def remove_draft_of_twin(session: Session, twin_id: int) -> None:
    """Delete a twin that was never submitted, after the task that waited for it. Does not commit."""
    session.execute(delete(Task).where(Task.id == twin_id, Task.state == TaskState.DRAFT.value, Task.is_twin))
