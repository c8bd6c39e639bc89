"""What a person decides on a task of which nobody knows whether PanDA has it."""

from datetime import datetime

from sqlalchemy import update

from app.domain.permission import Right
from app.domain.task_state import CommandKind, CommandState, TaskState
from app.extensions import write_unit
from app.models import PandaCommand, Task, User
from app.services.problems import ChangedMeanwhile, NotAllowed, NotPossibleNow
from app.services.tasks import get_task, may_act
from app.services.transitions import changed_one, move


def give_up(task_id: int, user: User, version: int, comment: str, now: datetime) -> Task:
    """Take a held task as lost: it is not sent again, but looked for a while longer. Commits.

    Raise NotAllowed, NotPossibleNow, or ChangedMeanwhile.
    """
    with write_unit() as session:
        task = get_task(task_id, user)
        if not may_act(user, task, Right.DECIDE_LOST_TASK):
            raise NotAllowed(Right.DECIDE_LOST_TASK)
        if task.state != TaskState.HELD.value:
            raise NotPossibleNow(task)
        # The command first, as whoever finds it does.
        decided = changed_one(
            session,
            update(PandaCommand)
            .where(PandaCommand.task_id == task_id, PandaCommand.kind == CommandKind.SUBMIT.value)
            .where(PandaCommand.state == CommandState.HELD.value)
            .values(state=CommandState.GIVEN_UP.value, decided_at=now),
        ) and move(
            session, task_id, TaskState.HELD, TaskState.GIVEN_UP, now,
            user_id=user.id, reason=comment, where=(Task.version == version,),
        )  # fmt: skip
        if not decided:
            session.rollback()
            raise ChangedMeanwhile(get_task(task_id, user))
        session.refresh(task)
    return task
