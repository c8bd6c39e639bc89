"""What a person decides on a task of which nobody knows whether PanDA has it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import update

from app.domain.permission import Right
from app.domain.task_state import CommandKind, CommandState, TaskState
from app.extensions import write_unit
from app.models import PandaCommand, Task, User
from app.services.intent import SENT_AGAIN
from app.services.problems import ChangedMeanwhile, NotAllowed, NotPossibleNow
from app.services.tasks import get_task, may_act
from app.services.transitions import changed_one, move

# As config.py has it.
DEFAULT_WATCH = timedelta(days=7)


def give_up(
    task_id: int, user: User, version: int, comment: str, now: datetime, watch: timedelta = DEFAULT_WATCH
) -> Task:
    """Take a held task as lost: it is not sent again, but looked for a while (`watch`) longer. Commits.

    Raise NotAllowed, NotPossibleNow, or ChangedMeanwhile.
    """
    values = {"state": CommandState.GIVEN_UP.value, "decided_at": now, "watch_until": now + watch}
    return _decide(task_id, user, version, TaskState.GIVEN_UP, comment, now, values)


def send_again(
    task_id: int, user: User, version: int, comment: str, now: datetime, watch: timedelta = DEFAULT_WATCH
) -> Task:
    """Queue a held task once more, as it was and with the same name. Commits.

    It stays undecided until then, and for so long (`watch`) a second task with its key is looked for.
    Raise NotAllowed, NotPossibleNow, or ChangedMeanwhile.
    """
    values = {
        "state": CommandState.READY.value, "waits_for": SENT_AGAIN, "resent": True, "next_at": now,
        "looks": 0, "looked_at": None, "no_control_since": None, "watch_until": now + watch,
        "watched_at": None,
    }  # fmt: skip
    return _decide(task_id, user, version, TaskState.UNKNOWN, comment, now, values)


def _decide(
    task_id: int, user: User, version: int, new: TaskState, comment: str, now: datetime,
    values: Mapping[str, object],
) -> Task:  # fmt: skip
    """Change the held command and its task; whoever finds it at PanDA meanwhile wins."""
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
            .values(values),
        ) and move(
            session, task_id, TaskState.HELD, new, now,
            user_id=user.id, reason=comment, where=(Task.version == version,),
        )  # fmt: skip
        if not decided:
            session.rollback()
            raise ChangedMeanwhile(get_task(task_id, user))
        session.refresh(task)
    return task
