"""Use cases of a task until it is sent: create, change, submit, withdraw, delete."""

from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from app.domain.permission import Right, Role, may
from app.domain.problem import Problem
from app.domain.task_state import CommandKind, CommandState, TaskAction, TaskState, allows
from app.domain.way import Way
from app.extensions import find_row, write_unit
from app.models import PandaCommand, Task, TaskField, User
from app.services.changes import facts_of, note_changes
from app.services.drafts import (
    Creator,
    approve_anew,
    find_by_name,
    flush_name,
    new_draft,
    queue_submission,
)
from app.services.examining import check_name, examine, refusing, warning_key
from app.services.problems import (
    ChangedMeanwhile,
    HasChildren,
    Invalid,
    NotAllowed,
    NotFound,
    NotPossibleNow,
)
from app.services.rules import TaskRules
from app.services.strays import is_burnt
from app.services.task_input import TaskInput, fill
from app.services.transitions import changed_one, move
from app.services.twins import add_twin, queue_twin, remove_draft_of_twin, twin_to_draft

# So many of the tasks that keep one from being deleted are named.
MOST_NAMED = 5

__all__ = ["TaskInput", "check_name", "find_by_name", "refusing", "warning_key"]


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


def create_task(user: User, given: TaskInput, rules: TaskRules, now: datetime) -> Task:
    """Create a draft. Raise NotAllowed, or Invalid with all problems. Commits."""
    if not may(Role(user.role), Right.CREATE_TASK):
        raise NotAllowed(Right.CREATE_TASK)
    with write_unit() as session:
        creator = Creator.of(user)
        fields = examine(given, rules, now, None)
        task = new_draft(session, creator, given, fields, rules, now)
        if given.with_twin:
            add_twin(session, creator, task, rules, now)
        return task


def change_task(
    task_id: int, user: User, version: int, given: TaskInput, rules: TaskRules, now: datetime,
    way: Way = Way.WEB,
) -> Task:  # fmt: skip
    """Change a task that has not been sent yet.

    Raise ChangedMeanwhile when the task is no longer at the version the person saw, NotPossibleNow when it
    has been sent, Invalid with all problems. Commits.
    """
    with write_unit() as session:
        task = _task_to_change(session, task_id, user, version, TaskAction.EDIT)
        fields = examine(given, rules, now, task.id)
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
        before, user_id = facts_of(task), user.id
        session.execute(delete(TaskField).where(TaskField.task_id == task_id))
        session.expire(task, ["fields"])
        fill(task, given, fields, rules, now)
        flush_name(session, task.name)
        note_changes(session, task, before, user_id, now, way)
        if facts_of(task) != before:
            approve_anew(session, task, user, now)
            # Somebody did without the test of what it was.
            task.test_waived_at = task.test_waived_by_id = None
    return task


def request_submission(task_id: int, user: User, version: int, now: datetime) -> Task:
    """Queue a draft: the scheduled work sends it within seconds. Commits."""
    with write_unit() as session:
        task = _task_to_change(session, task_id, user, version, TaskAction.SUBMIT)
        submit_draft(session, task, user, now)
    return task


def submit_draft(session: Session, task: Task, user: User, now: datetime) -> None:
    """Queue a draft as it was read, and its twin. Does not commit.

    Raise ChangedMeanwhile, or Invalid when PanDA has had its name: the draft is then older than its send.
    """
    if is_burnt(task.name):
        raise Invalid([Problem("name", "name_burnt")])
    move_by_person(session, task, TaskState.DRAFT, TaskState.QUEUED, user, now)
    queue_submission(session, task, user.id, now)
    queue_twin(session, task, user.id, now)


def withdraw(task_id: int, user: User, version: int, now: datetime) -> Task:
    """Take a queued task back before it is sent. Commits."""
    with write_unit() as session:
        task = _task_to_change(session, task_id, user, version, TaskAction.WITHDRAW)
        withdraw_queued(session, task, user, now)
    return task


def withdraw_queued(session: Session, task: Task, user: User, now: datetime) -> None:
    """Take a task out of the queue. Does not commit. Raise ChangedMeanwhile when it is being sent."""
    # The command first, as the sender does it: the other way round the two could block each other.
    if not _take_back(session, task, now):
        session.refresh(task)
        raise ChangedMeanwhile(task)
    move_by_person(session, task, TaskState.QUEUED, TaskState.WITHDRAWN, user, now)
    twin = task.waits_for
    # If not, it is being sent: one small job.
    if twin is not None and twin.state == TaskState.QUEUED.value and _take_back(session, twin, now):
        # Whatever somebody changes of it at this moment, its labels say: it goes with its task.
        session.refresh(twin, with_for_update={"key_share": True})
        move_by_person(session, twin, TaskState.QUEUED, TaskState.WITHDRAWN, user, now)


def _take_back(session: Session, task: Task, now: datetime) -> bool:
    """Take back what was to send a task; False when it is being sent. Its state is still to be changed."""
    return changed_one(
        session,
        update(PandaCommand)
        .where(PandaCommand.task_id == task.id, PandaCommand.kind == CommandKind.SUBMIT.value)
        .where(PandaCommand.state == CommandState.READY.value)
        .values(state=CommandState.WITHDRAWN.value, decided_at=now),
    )


def back_to_draft(task_id: int, user: User, version: int, now: datetime) -> Task:
    """Make a withdrawn or rejected task a draft again. Commits."""
    with write_unit() as session:
        task = _task_to_change(session, task_id, user, version, TaskAction.BACK_TO_DRAFT)
        move_by_person(session, task, TaskState(task.state), TaskState.DRAFT, user, now)
        twin_to_draft(session, task, user.id, now)
    return task


def delete_draft(task_id: int, user: User, version: int) -> str:
    """Delete a draft for good and return its name. Raise HasChildren while other tasks follow it. Commits."""
    with write_unit() as session:
        task = _task_to_change(session, task_id, user, version, TaskAction.DELETE)
        name = task.name
        remove_draft(session, task)
    return name


def remove_draft(session: Session, task: Task) -> None:
    """Delete a draft as it was read, and its twin if that is one too. Does not commit.

    Raise HasChildren, ChangedMeanwhile or NotFound.
    """
    task_id, twin_id, seen = task.id, task.waits_for_id, task.version
    # Whoever is making a task that stands on it has done so before we look.
    held = session.get(Task, task_id, with_for_update=True, populate_existing=True)
    if held is None or held.version != seen:
        raise _overtaken(session, task_id)
    if standing := _standing_on(session, task_id, twin_id):
        raise HasChildren(task, standing)
    # Its fields, history and decided commands go with it; the calls to PanDA stay.
    unchanged = Task.version == task.version, Task.state == TaskState.DRAFT.value
    if not changed_one(session, delete(Task).where(Task.id == task_id, *unchanged)):
        raise _overtaken(session, task_id)
    session.expunge(task)
    if twin_id:
        remove_draft_of_twin(session, twin_id)


def _standing_on(session: Session, task_id: int, twin_id: int | None) -> list[Task]:
    """Return some of the tasks that could not be without it and its twin."""
    going = [task_id, *([twin_id] if twin_id else [])]
    needs_it = or_(Task.parent_id.in_(going), Task.chain_id.in_(going), Task.extends_id.in_(going))
    tested = (Task.waits_for_id == task_id) & (Task.id != task_id)
    wanted = select(Task).where(or_(needs_it & Task.id.not_in(going), tested))
    return list(session.scalars(wanted.order_by(Task.id).limit(MOST_NAMED)).unique())


def _task_to_change(session: Session, task_id: int, user: User, version: int, action: TaskAction) -> Task:
    task = get_task(task_id, user)
    if not may_act(user, task):
        raise NotAllowed(Right.CHANGE_TASK)
    if not allows(TaskState(task.state), action):
        raise NotPossibleNow(task)
    if task.version != version:
        raise ChangedMeanwhile(task)
    return task


def move_by_person(
    session: Session, task: Task, old: TaskState, new: TaskState, user: User, now: datetime
) -> None:
    """Change the state of a task that is as it was read. Does not commit.

    Raise ChangedMeanwhile, or NotFound.
    """
    if not move(session, task.id, old, new, now, user_id=user.id, where=(Task.version == task.version,)):
        raise _overtaken(session, task.id)
    session.refresh(task)


def _overtaken(session: Session, task_id: int) -> ChangedMeanwhile | NotFound:
    """Return what to say to somebody whom another was quicker than."""
    task = session.get(Task, task_id, populate_existing=True)
    return ChangedMeanwhile(task) if task else NotFound()
