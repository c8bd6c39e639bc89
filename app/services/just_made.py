"""Two clicks are one wish: the task that the first of them made is found again."""

from datetime import datetime, timedelta

from app.domain.naming import NotAName, build
from app.domain.task_state import TaskState
from app.models import Task, User
from app.services.labels import labels_of
from app.services.rules import TaskRules
from app.services.tasks import TaskInput, find_by_name

ONE_WISH = timedelta(minutes=1)


def is_draft(task: Task) -> bool:
    """Say whether a task was made, but not submitted: a wish to submit is then another one."""
    return task.state == TaskState.DRAFT.value


def is_just_made(
    task: Task | None, user: User, given: TaskInput, now: datetime, parent_id: int | None = None
) -> bool:
    """Say whether this person made this task of all that is given, within the last minute."""
    if task is None or task.creator_id != user.id or now - task.created_at > ONE_WISH:
        return False
    asked = given.events, given.jobs, given.collision or None, given.with_twin, given.extends_id, parent_id
    has_twin = task.waits_for_id is not None
    made = task.events, task.jobs, task.collision, has_twin, task.extends_id, task.parent_id
    return asked == made and labels_of(task) == given.labels


def find_just_made(user: User, given: TaskInput, rules: TaskRules, now: datetime) -> Task | None:
    """Return the task that this person made of the same input within the last minute, or None."""
    try:
        task = find_by_name(build(rules.convention, given.fields))
    except NotAName:
        return None
    return task if is_just_made(task, user, given, now) else None
