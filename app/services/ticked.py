"""Several tasks at once, ticked in a list."""

from collections.abc import Collection

from sqlalchemy import select

from app.extensions import LARGEST_ID, db
from app.models import Task, User
from app.services.tasks import is_visible


def visible_tasks(task_ids: Collection[int], user: User) -> list[Task]:
    """Return those of the tasks that the person may see, by their ids; others are passed over."""
    possible = [task_id for task_id in task_ids if 0 < task_id <= LARGEST_ID]
    found = db.session.scalars(select(Task).where(Task.id.in_(possible)).order_by(Task.id))
    return [task for task in found if is_visible(user, task)]
