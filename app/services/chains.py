"""Use cases of chains: a part that is accepted, and what is done to all tasks of a chain at once."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, case, cast, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from app.domain.chain import FINISHED, Readiness, readiness
from app.domain.permission import Right
from app.domain.task_state import OPEN_STATES, CommandKind, TaskAction, TaskState, allows
from app.extensions import db, write_unit
from app.models import PandaCommand, Task, User
from app.services.chain_list import get_chain
from app.services.problems import AnotherOrderOpen, ChangedMeanwhile, NotAllowed, NotPossibleNow
from app.services.queue import as_parent
from app.services.tasks import get_task, may_act, remove_draft, submit_draft, withdraw_queued
from app.services.transitions import changed_one, note_transition

# In the history of a task.
PART_ACCEPTED = "part of it is accepted: its children may be sent"
PART_ACCEPTED_BY_SETTING = "enough of it is there: its children may be sent"


def accept_part(task_id: int, user: User, version: int, now: datetime) -> Task:
    """Have the children of a task that is only partly done sent all the same. Commits.

    Raise NotAllowed, NotPossibleNow unless it is `finished` with some of its jobs done, AnotherOrderOpen
    while it is being retried, ChangedMeanwhile.
    """
    with write_unit() as session:
        task = get_task(task_id, user)
        if not may_act(user, task, Right.STEER_TASK):
            raise NotAllowed(Right.STEER_TASK)
        if readiness(as_parent(task)) is not Readiness.PARTIAL:
            raise NotPossibleNow(task)
        if session.scalar(select(exists().where(Task.id == task_id, _is_retried()))):
            raise AnotherOrderOpen(task)
        values = {"part_accepted_at": now, "part_accepted_by_id": user.id, "updated_at": now}
        values |= {"version": Task.version + 1}
        unchanged = Task.version == version, Task.panda_status == FINISHED, Task.part_accepted_at.is_(None)
        statement = update(Task).where(Task.id == task_id, *unchanged).values(values)
        if not changed_one(session, statement):
            session.rollback()
            raise ChangedMeanwhile(get_task(task_id, user))
        note_transition(session, task_id, FINISHED, FINISHED, now, user_id=user.id, reason=PART_ACCEPTED)
        session.refresh(task)
    return task


def accept_parts(percent: int, now: datetime) -> int:
    """Accept what is partly done with at least so many percent of its jobs, where a child waits for it.

    Returns how many tasks. Commits.
    """
    child = aliased(Task)
    enough = (
        Task.shown_state == FINISHED, Task.part_accepted_at.is_(None), Task.jobs_done > 0,
        cast(Task.jobs_done, BigInteger) * 100 >= percent * cast(Task.jobs_total, BigInteger),
        ~_is_retried(),
        exists().where(child.parent_id == Task.id, child.state == TaskState.QUEUED.value),
    )  # fmt: skip
    with write_unit() as session:
        ids = session.scalars(select(Task.id).where(*enough)).all()
        for task_id in ids:
            values = {"part_accepted_at": now, "version": Task.version + 1, "updated_at": now}
            if changed_one(session, update(Task).where(Task.id == task_id, *enough[:2]).values(values)):
                note_transition(session, task_id, FINISHED, FINISHED, now, reason=PART_ACCEPTED_BY_SETTING)
    return len(ids)


def _is_retried() -> ColumnElement[bool]:
    """Say whether somebody has ordered a retry that is not seen yet: there will be more of the task."""
    is_open = PandaCommand.state.in_([state.value for state in OPEN_STATES])
    is_retry = PandaCommand.task_id == Task.id, PandaCommand.kind == CommandKind.RETRY.value
    return exists().where(*is_retry, is_open)


def types_of_children(task_id: int) -> set[str]:
    """Return the data types of the tasks that read what this one makes."""
    return set(db.session.scalars(select(Task.recipe).where(Task.parent_id == task_id)))


def count_children(task_id: int) -> tuple[int, int]:
    """Return how many tasks that read what this one makes wait to be sent, and how many were sent."""
    waits = Task.state == TaskState.QUEUED.value
    was_sent = Task.panda_id.is_not(None)
    counted = select(func.count(case((waits, 1))), func.count(case((was_sent, 1))))
    waiting, sent = db.session.execute(counted.where(Task.parent_id == task_id)).one()
    return waiting, sent


def has_children(task_id: int) -> bool:
    """Say whether other tasks read what this one makes."""
    return bool(db.session.scalar(select(exists().where(Task.parent_id == task_id))))


def act_on_chain(
    chain_id: int, user: User, action: TaskAction, versions: Mapping[int, int], now: datetime
) -> int:
    """Submit, withdraw or delete every task of a chain whose state allows it: all of them, or none. Commits.

    versions: of the tasks on the page that was sent. Returns how many tasks it was done to. Raise NotFound,
    NotAllowed, or ChangedMeanwhile when one of them is no longer as the person saw it.
    """
    with write_unit() as session:
        # Children first where tasks go, parents first where they come.
        tasks = list(get_chain(chain_id, user).tasks)
        tasks = tasks[::-1] if action is TaskAction.DELETE else tasks
        if not all(may_act(user, task) for task in tasks):
            raise NotAllowed(Right.CHANGE_TASK)
        wanted = [task for task in tasks if allows(TaskState(task.state), action)]
        for task in wanted:
            if versions.get(task.id) != task.version:
                raise ChangedMeanwhile(task)
            _DO[action](session, task, user, now)
    return len(wanted)


def _submit(session: Session, task: Task, user: User, now: datetime) -> None:
    submit_draft(session, task, user, now)


def _withdraw(session: Session, task: Task, user: User, now: datetime) -> None:
    withdraw_queued(session, task, user, now)


def _delete(session: Session, task: Task, user: User, now: datetime) -> None:
    remove_draft(session, task)


_DO: dict[TaskAction, Callable[[Session, Task, User, datetime], None]] = {
    TaskAction.SUBMIT: _submit,
    TaskAction.WITHDRAW: _withdraw,
    TaskAction.DELETE: _delete,
}
