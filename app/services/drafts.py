"""A task before it is sent: a draft as it is written into the database, and its place in the queue."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from app.domain.command import turn_of
from app.domain.permission import Right, Role, may
from app.domain.problem import Problem
from app.domain.task_state import CommandKind, CommandState, TaskState
from app.extensions import db
from app.models import PandaCommand, Task, TaskFollower, TaskTag, User
from app.services.problems import Invalid
from app.services.rules import TaskRules
from app.services.task_input import TaskInput, fill
from app.services.transitions import note_transition

# Names are looked up so many at a time.
AT_ONCE = 1000
_AS_IT_IS = {"synchronize_session": False}
# In the history of a task.
APPROVAL_GONE = "it was changed after it was approved, and waits for approval again"


@dataclass(frozen=True)
class Creator:
    """Who makes a task; follows_own: and follows it from the beginning."""

    id: int
    username: str
    follows_own: bool

    @staticmethod
    def of(user: User) -> "Creator":
        """Return what counts of a person, read once for many tasks."""
        return Creator(user.id, user.username, user.follow_own)


def find_by_name(name: str) -> Task | None:
    """Return the task of this name, whoever's it is: names are unique."""
    return db.session.scalar(select(Task).where(Task.name == name))


def find_by_names(names: Iterable[str], with_fields: bool = False) -> dict[str, Task]:
    """Map names to the tasks that have them, whoever's they are."""
    wanted = sorted(set(names))
    found: dict[str, Task] = {}
    for start in range(0, len(wanted), AT_ONCE):
        some = select(Task).where(Task.name.in_(wanted[start : start + AT_ONCE]))
        some = some.options(selectinload(Task.fields)) if with_fields else some
        found |= {task.name: task for task in db.session.scalars(some)}
    return found


def taken_by(task: Task | None) -> Problem:
    """Say whose task has the name; None: it was there a moment ago."""
    values = {"id": task.id, "creator": task.creator_name} if task else {}
    return Problem("name", "name_taken", values)


def new_draft(
    session: Session, creator: Creator, given: TaskInput, fields: dict[str, str], rules: TaskRules,
    now: datetime, parent: Task | None = None,
) -> Task:  # fmt: skip
    """Write a draft and the first row of its history. Does not commit.

    fields: normalised. Raise Invalid when somebody has taken the name.
    """
    task = _draft_of(creator, given, fields, rules, now, parent)
    session.add(task)
    flush_name(session, task.name)
    _begin_history(session, task, creator, now)
    return task


def new_drafts(
    session: Session, creator: Creator, wanted: Iterable[tuple[TaskInput, Task | None]], rules: TaskRules,
    now: datetime,
) -> list[Task]:  # fmt: skip
    """Write many drafts, each with its parent: as new_draft, but all at once. Does not commit.

    Their fields are normalised. Raise Invalid when somebody has taken a name.
    """
    tasks = [_draft_of(creator, given, dict(given.fields), rules, now, parent) for given, parent in wanted]
    names = [task.name for task in tasks]
    session.add_all(tasks)
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        taken = list(find_by_names(names).values())
        raise Invalid([taken_by(task) for task in taken] or [taken_by(None)]) from None
    for task in tasks:
        _begin_history(session, task, creator, now)
    return tasks


def _draft_of(
    creator: Creator, given: TaskInput, fields: dict[str, str], rules: TaskRules, now: datetime,
    parent: Task | None,
) -> Task:  # fmt: skip
    task = Task(
        creator_id=creator.id, creator_name=creator.username, state=TaskState.DRAFT.value, created_at=now,
        shown_state=TaskState.DRAFT.value, state_as_of=now, priority=rules.priority,
        parent_id=parent.id if parent else None, chain_id=parent.chain_id if parent else None,
        cloned_from_id=given.cloned_from_id, extends_id=given.extends_id,
    )  # fmt: skip
    fill(task, given, fields, rules, now)
    task.campaign, task.request = given.labels.campaign or None, given.labels.request or None
    task.tags = [TaskTag(tag=tag) for tag in given.labels.tags]
    return task


def _begin_history(session: Session, task: Task, creator: Creator, now: datetime) -> None:
    note_transition(session, task.id, None, TaskState.DRAFT.value, now, user_id=creator.id)
    if creator.follows_own:
        session.add(TaskFollower(task_id=task.id, user_id=creator.id, since=now))


def flush_name(session: Session, name: str) -> None:
    """Write to the database; somebody may have taken the name since it was checked."""
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise Invalid([taken_by(find_by_name(name))]) from None


def queue_submission(session: Session, task: Task, user_id: int, now: datetime) -> None:
    """Write down that a task is to be sent; who may approve tasks does so by it. Does not commit."""
    may_approve = may(Role(session.get_one(User, user_id).role), Right.APPROVE_TASK)
    if may_approve or task.approved_at is not None:
        by = {"approved_at": now if may_approve else None, "approved_by_id": user_id if may_approve else None}
        # Without a look at all tasks in the session, for each of a thousand.
        session.execute(update(Task).where(Task.id == task.id).values(by), execution_options=_AS_IT_IS)
        for column, value in by.items():
            set_committed_value(task, column, value)
    session.add(
        PandaCommand(
            task_id=task.id, kind=CommandKind.SUBMIT.value, state=CommandState.READY.value,
            turn=turn_of(CommandKind.SUBMIT, task.priority), key=str(uuid.uuid4()), requested_by_id=user_id,
            created_at=now, next_at=now,
        )
    )  # fmt: skip


def approve_anew(session: Session, task: Task, user: User, now: datetime) -> None:
    """Take away the approval of a task that was changed; who may approve tasks gives it. Does not commit."""
    if task.approved_at is None:
        return
    may_approve = may(Role(user.role), Right.APPROVE_TASK)
    task.approved_at, task.approved_by_id = (now, user.id) if may_approve else (None, None)
    if not may_approve:
        state = task.state
        note_transition(session, task.id, state, state, now, user_id=user.id, reason=APPROVAL_GONE)
