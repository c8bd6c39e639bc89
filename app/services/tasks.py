"""Use cases of a task until it is sent: create, change, submit, withdraw, delete."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.command import turn_of
from app.domain.estimate import check_size, events_per_job, panda_jobs
from app.domain.naming import NotAName, build, check, normalise
from app.domain.permission import Right, Role, may
from app.domain.problem import Problem
from app.domain.task_state import CommandKind, CommandState, TaskAction, TaskState, allows
from app.extensions import db, find_row, write_unit
from app.models import PandaCommand, Task, TaskField, User
from app.services.problems import ChangedMeanwhile, Invalid, NotAllowed, NotFound, NotPossibleNow
from app.services.rules import TaskRules
from app.services.transitions import changed_one, move, note_transition


@dataclass(frozen=True)
class TaskInput:
    """What a person says of a task. fields: the naming fields as written; confirmed: warnings meant so."""

    fields: Mapping[str, str]
    collision: str | None
    events: int
    jobs: int
    confirmed: frozenset[str] = field(default_factory=frozenset)


def may_act(user: User, task: Task, right: Right = Right.CHANGE_TASK) -> bool:
    """Say whether the role lets this person do it to this task."""
    return may(Role(user.role), right, is_owner=task.creator_id == user.id)


def is_visible(user: User, task: Task) -> bool:
    """Tasks are everybody's to see; drafts their owner's and the managers'."""
    return task.state != TaskState.DRAFT.value or may_act(user, task, Right.VIEW_DRAFT)


def get_task(task_id: int, user: User) -> Task:
    """Return a task the person may see. Raise NotFound for any other id."""
    task = find_row(Task, task_id)
    if task is None or not is_visible(user, task):
        raise NotFound
    return task


def find_by_name(name: str) -> Task | None:
    """Return the task of this name, whoever's it is: names are unique."""
    return db.session.scalar(select(Task).where(Task.name == name))


def check_name(fields: Mapping[str, str], collision: str | None, rules: TaskRules, now: datetime,
               own_id: int | None = None) -> list[Problem]:  # fmt: skip
    """Return what is wrong or odd with the fields, "name_taken" included."""
    problems = check(rules.convention, fields, rules.context(collision, now))
    try:
        name = build(rules.convention, normalise(rules.convention, fields))
    except NotAName:
        return problems
    taken_by = find_by_name(name)
    if taken_by is not None and taken_by.id != own_id:
        problems.append(_taken_by(taken_by))
    return problems


def _taken_by(task: Task | None) -> Problem:
    """Say whose task has the name; None: it was there a moment ago."""
    values = {"id": task.id, "creator": task.creator_name} if task else {}
    return Problem("name", "name_taken", values)


def refusing(problems: list[Problem], confirmed: frozenset[str]) -> list[Problem]:
    """Return the problems that stand in the way: errors, and warnings not confirmed."""
    return [problem for problem in problems if problem.is_error or warning_key(problem) not in confirmed]


def warning_key(problem: Problem) -> str:
    """Name a warning, so that confirming it confirms no other."""
    return f"{problem.field}:{problem.code}:{problem.values.get('rule', '')}"


def create_task(user: User, given: TaskInput, rules: TaskRules, now: datetime) -> Task:
    """Create a draft. Raise NotAllowed, or Invalid with all problems. Commits."""
    if not may(Role(user.role), Right.CREATE_TASK):
        raise NotAllowed(Right.CREATE_TASK)
    with write_unit() as session:
        user_id, user_name = user.id, user.username
        fields = _examine(given, rules, now, None)
        task = Task(
            creator_id=user_id, creator_name=user_name, state=TaskState.DRAFT.value, created_at=now,
            shown_state=TaskState.DRAFT.value, state_as_of=now, priority=rules.priority,
        )  # fmt: skip
        _fill(task, given, fields, rules, now)
        session.add(task)
        _flush_name(session, task.name)
        note_transition(session, task.id, None, TaskState.DRAFT.value, now, user_id=user_id)
    return task


def change_task(
    task_id: int, user: User, version: int, given: TaskInput, rules: TaskRules, now: datetime
) -> Task:
    """Change a task that has not been sent yet.

    Raise ChangedMeanwhile when the task is no longer at the version the person saw, NotPossibleNow when it
    has been sent, Invalid with all problems. Commits.
    """
    with write_unit() as session:
        task = _task_to_change(session, task_id, user, version, TaskAction.EDIT)
        fields = _examine(given, rules, now, task.id)
        # The guard stands in the database too: the sender may take the task at this very moment.
        guarded = changed_one(
            session,
            update(Task)
            .where(Task.id == task_id, Task.version == version, Task.state == task.state)
            .values(version=Task.version + 1),
        )
        if not guarded:
            raise _overtaken(session, task_id)
        session.refresh(task)
        session.execute(delete(TaskField).where(TaskField.task_id == task_id))
        session.expire(task, ["fields"])
        _fill(task, given, fields, rules, now)
        _flush_name(session, task.name)
    return task


def request_submission(task_id: int, user: User, version: int, now: datetime) -> Task:
    """Queue a draft: the scheduled work sends it within seconds. Commits."""
    with write_unit() as session:
        task = _task_to_change(session, task_id, user, version, TaskAction.SUBMIT)
        _move_by_person(session, task, TaskState.DRAFT, TaskState.QUEUED, user, now)
        session.add(
            PandaCommand(
                task_id=task.id,
                kind=CommandKind.SUBMIT.value,
                state=CommandState.READY.value,
                turn=turn_of(CommandKind.SUBMIT, task.priority),
                key=str(uuid.uuid4()),
                requested_by_id=user.id,
                created_at=now,
                next_at=now,
            )
        )
    return task


def withdraw(task_id: int, user: User, version: int, now: datetime) -> Task:
    """Take a queued task back before it is sent. Commits."""
    with write_unit() as session:
        task = _task_to_change(session, task_id, user, version, TaskAction.WITHDRAW)
        # The command first, as the sender does it: the other way round the two could block each other.
        taken_back = changed_one(
            session,
            update(PandaCommand)
            .where(PandaCommand.task_id == task.id, PandaCommand.kind == CommandKind.SUBMIT.value)
            .where(PandaCommand.state == CommandState.READY.value)
            .values(state=CommandState.WITHDRAWN.value, decided_at=now),
        )
        if not taken_back:
            session.refresh(task)
            raise ChangedMeanwhile(task)
        _move_by_person(session, task, TaskState.QUEUED, TaskState.WITHDRAWN, user, now)
    return task


def back_to_draft(task_id: int, user: User, version: int, now: datetime) -> Task:
    """Make a withdrawn or rejected task a draft again. Commits."""
    with write_unit() as session:
        task = _task_to_change(session, task_id, user, version, TaskAction.BACK_TO_DRAFT)
        _move_by_person(session, task, TaskState(task.state), TaskState.DRAFT, user, now)
    return task


def delete_draft(task_id: int, user: User, version: int) -> str:
    """Delete a draft for good and return its name. Commits."""
    with write_unit() as session:
        task = _task_to_change(session, task_id, user, version, TaskAction.DELETE)
        name = task.name
        # Its fields, history and decided commands go with it; the calls to PanDA stay.
        unchanged = Task.version == version, Task.state == TaskState.DRAFT.value
        if not changed_one(session, delete(Task).where(Task.id == task_id, *unchanged)):
            raise _overtaken(session, task_id)
        session.expunge(task)
    return name


def _flush_name(session: Session, name: str) -> None:
    """Write to the database; somebody may have taken the name since it was checked."""
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise Invalid([_taken_by(find_by_name(name))]) from None


def _task_to_change(session: Session, task_id: int, user: User, version: int, action: TaskAction) -> Task:
    task = get_task(task_id, user)
    if not may_act(user, task):
        raise NotAllowed(Right.CHANGE_TASK)
    if not allows(TaskState(task.state), action):
        raise NotPossibleNow(task)
    if task.version != version:
        raise ChangedMeanwhile(task)
    return task


def _move_by_person(
    session: Session, task: Task, old: TaskState, new: TaskState, user: User, now: datetime
) -> None:
    if not move(session, task.id, old, new, now, user_id=user.id, where=(Task.version == task.version,)):
        raise _overtaken(session, task.id)
    session.refresh(task)


def _overtaken(session: Session, task_id: int) -> ChangedMeanwhile | NotFound:
    """Return what to say to somebody whom another was quicker than."""
    task = session.get(Task, task_id, populate_existing=True)
    return ChangedMeanwhile(task) if task else NotFound()


def _examine(given: TaskInput, rules: TaskRules, now: datetime, own_id: int | None) -> dict[str, str]:
    problems = check_name(given.fields, given.collision, rules, now, own_id)
    problems += check_size(given.events, given.jobs, rules.limits)
    in_the_way = refusing(problems, given.confirmed)
    if in_the_way:
        raise Invalid(in_the_way)
    return normalise(rules.convention, given.fields)


def _fill(task: Task, given: TaskInput, fields: dict[str, str], rules: TaskRules, now: datetime) -> None:
    task.name = build(rules.convention, fields)
    task.convention_version = rules.convention.version
    task.task_type = fields[rules.type_field]
    task.recipe = fields[rules.recipe_field]
    task.collision = given.collision or None
    task.events, task.jobs = given.events, given.jobs
    task.jobs_total = panda_jobs(given.events, events_per_job(given.events, given.jobs))
    task.updated_at = now
    task.fields = [TaskField(field=name, value=value) for name, value in fields.items()]
