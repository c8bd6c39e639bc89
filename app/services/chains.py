"""Use cases of chains: a part that is accepted, and the tasks of a chain with what they have come to."""

from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.orm import aliased

from app.domain.chain import FINISHED, Readiness, readiness
from app.domain.permission import Right
from app.domain.task_state import TaskState
from app.extensions import db, write_unit
from app.models import Task, User
from app.services.problems import ChangedMeanwhile, NotAllowed, NotPossibleNow
from app.services.queue import as_parent
from app.services.tasks import get_task, may_act
from app.services.transitions import changed_one, note_transition

# In the history of a task.
PART_ACCEPTED = "part of it is accepted: its children may be sent"
PART_ACCEPTED_BY_SETTING = "enough of it is there: its children may be sent"


def accept_part(task_id: int, user: User, version: int, now: datetime) -> Task:
    """Have the children of a task that is only partly done sent all the same. Commits.

    Raise NotAllowed, NotPossibleNow unless it is `finished` with some of its jobs done, ChangedMeanwhile.
    """
    with write_unit() as session:
        task = get_task(task_id, user)
        if not may_act(user, task, Right.STEER_TASK):
            raise NotAllowed(Right.STEER_TASK)
        if readiness(as_parent(task)) is not Readiness.PARTIAL:
            raise NotPossibleNow(task)
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
        Task.jobs_done * 100 >= percent * Task.jobs_total,
        exists().where(child.parent_id == Task.id, child.state == TaskState.QUEUED.value),
    )  # fmt: skip
    with write_unit() as session:
        ids = session.scalars(select(Task.id).where(*enough)).all()
        for task_id in ids:
            values = {"part_accepted_at": now, "version": Task.version + 1, "updated_at": now}
            if changed_one(session, update(Task).where(Task.id == task_id, *enough[:2]).values(values)):
                note_transition(session, task_id, FINISHED, FINISHED, now, reason=PART_ACCEPTED_BY_SETTING)
    return len(ids)


def has_children(task_id: int) -> bool:
    """Say whether other tasks read what this one makes."""
    return bool(db.session.scalar(select(exists().where(Task.parent_id == task_id))))
