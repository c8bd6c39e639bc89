"""A task before it is sent: a draft as it is written into the database, and its place in the queue."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.command import turn_of
from app.domain.estimate import events_per_job, panda_jobs
from app.domain.naming import build
from app.domain.problem import Problem
from app.domain.task_state import CommandKind, CommandState, TaskState
from app.extensions import db
from app.models import PandaCommand, Task, TaskField
from app.services.problems import Invalid
from app.services.rules import TaskRules
from app.services.transitions import note_transition


@dataclass(frozen=True)
class TaskInput:
    """What a person says of a task. fields: the naming fields as written; confirmed: warnings meant so."""

    fields: Mapping[str, str]
    collision: str | None
    events: int
    jobs: int
    confirmed: frozenset[str] = field(default_factory=frozenset)
    cloned_from_id: int | None = None


def find_by_name(name: str) -> Task | None:
    """Return the task of this name, whoever's it is: names are unique."""
    return db.session.scalar(select(Task).where(Task.name == name))


def taken_by(task: Task | None) -> Problem:
    """Say whose task has the name; None: it was there a moment ago."""
    values = {"id": task.id, "creator": task.creator_name} if task else {}
    return Problem("name", "name_taken", values)


def new_draft(
    session: Session, creator: tuple[int, str], given: TaskInput, fields: dict[str, str], rules: TaskRules,
    now: datetime, parent: Task | None = None,
) -> Task:  # fmt: skip
    """Write a draft and the first row of its history. Does not commit.

    creator: id and username. fields: normalised. Raise Invalid when somebody has taken the name.
    """
    creator_id, creator_name = creator
    task = Task(
        creator_id=creator_id, creator_name=creator_name, state=TaskState.DRAFT.value, created_at=now,
        shown_state=TaskState.DRAFT.value, state_as_of=now, priority=rules.priority,
        parent_id=parent.id if parent else None, cloned_from_id=given.cloned_from_id,
    )  # fmt: skip
    fill(task, given, fields, rules, now)
    session.add(task)
    flush_name(session, task.name)
    note_transition(session, task.id, None, TaskState.DRAFT.value, now, user_id=creator_id)
    return task


def fill(task: Task, given: TaskInput, fields: dict[str, str], rules: TaskRules, now: datetime) -> None:
    """Put what a person said into a task. Does not commit."""
    task.name = build(rules.convention, fields)
    task.convention_version = rules.convention.version
    task.task_type = fields[rules.type_field]
    task.recipe = fields[rules.recipe_field]
    task.collision = given.collision or None
    task.events, task.jobs = given.events, given.jobs
    task.jobs_total = panda_jobs(given.events, events_per_job(given.events, given.jobs))
    task.updated_at = now
    task.fields = [TaskField(field=name, value=value) for name, value in fields.items()]


def flush_name(session: Session, name: str) -> None:
    """Write to the database; somebody may have taken the name since it was checked."""
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise Invalid([taken_by(find_by_name(name))]) from None


def queue_submission(session: Session, task: Task, user_id: int, now: datetime) -> None:
    """Write down that a task is to be sent. Does not commit."""
    session.add(
        PandaCommand(
            task_id=task.id, kind=CommandKind.SUBMIT.value, state=CommandState.READY.value,
            turn=turn_of(CommandKind.SUBMIT, task.priority), key=str(uuid.uuid4()), requested_by_id=user_id,
            created_at=now, next_at=now,
        )
    )  # fmt: skip
