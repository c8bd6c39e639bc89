"""Sending a task without waiting for its twin, where a person decides so."""

from datetime import datetime

from sqlalchemy import update

from app.domain.permission import Right
from app.domain.task_state import TaskState
from app.extensions import write_unit
from app.models import Task, User
from app.services.drafts import approve_anew
from app.services.problems import ChangedMeanwhile, NotAllowed, NotPossibleNow
from app.services.queue import twin_waited_for
from app.services.tasks import get_task, may_act
from app.services.transitions import changed_one, note_transition

# In the history of a task.
SENT_WITHOUT_TEST = "it is sent without waiting for its test"


def waive_test(task_id: int, user: User, version: int, now: datetime) -> Task:
    """Have a task sent without waiting for its twin. Commits.

    Raise NotAllowed, NotPossibleNow unless it waits, ChangedMeanwhile.
    """
    with write_unit() as session:
        task = get_task(task_id, user)
        if not may_act(user, task):
            raise NotAllowed(Right.CHANGE_TASK)
        if not is_held_by_its_test(task):
            raise NotPossibleNow(task)
        values = {"test_waived_at": now, "test_waived_by_id": user.id, "updated_at": now}
        unchanged = Task.version == version, Task.state == task.state, Task.test_waived_at.is_(None)
        statement = update(Task).where(Task.id == task_id, *unchanged)
        if not changed_one(session, statement.values(values | {"version": Task.version + 1})):
            session.rollback()
            raise ChangedMeanwhile(get_task(task_id, user))
        shown = task.shown_state
        note_transition(session, task_id, shown, shown, now, user_id=user.id, reason=SENT_WITHOUT_TEST)
        session.refresh(task)
        # What was approved was to be tested first.
        approve_anew(session, task, user, now)
    return task


def is_held_by_its_test(task: Task) -> bool:
    """Say whether a task has not been sent yet and waits, or would wait, for its twin."""
    is_ours = task.state in {TaskState.DRAFT.value, TaskState.QUEUED.value}
    return is_ours and twin_waited_for(task) is not None
