"""Two clicks are one wish: the task that the first of them made is found again."""

from datetime import datetime, timedelta

from app.domain.naming import NotAName, build
from app.domain.task_state import TaskState
from app.models import Task, User
from app.services.rules import TaskRules
from app.services.tasks import TaskInput, find_by_name

ONE_WISH = timedelta(minutes=1)


def is_draft(task: Task) -> bool:
    """Say whether a task was made, but not submitted: a wish to submit is then another one."""
    return task.state == TaskState.DRAFT.value


def find_just_made(user: User, given: TaskInput, rules: TaskRules, now: datetime) -> Task | None:
    """Return the task that this person made of the same input within the last minute, or None."""
    try:
        task = find_by_name(build(rules.convention, given.fields))
    except NotAName:
        return None
    if task is None or task.creator_id != user.id or now - task.created_at > ONE_WISH:
        return None
    asked = (given.events, given.jobs, given.collision or None)
    return task if asked == (task.events, task.jobs, task.collision) else None
