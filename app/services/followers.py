"""Who follows which task: a relation, nothing more."""

from datetime import datetime

from sqlalchemy import delete, func, select

from app.extensions import db, insert_missing, write_unit
from app.models import TaskFollower, User
from app.services.tasks import get_task


def follow(task_id: int, user: User, now: datetime) -> None:
    """Follow a task that the person sees; once more is once. Commits."""
    with write_unit() as session:
        user_id, found = user.id, get_task(task_id, user).id
        insert_missing(session, TaskFollower, task_id=found, user_id=user_id, since=now)


def unfollow(task_id: int, user: User) -> None:
    """Follow a task no more. Commits."""
    with write_unit() as session:
        mine = TaskFollower.task_id == get_task(task_id, user).id, TaskFollower.user_id == user.id
        session.execute(delete(TaskFollower).where(*mine))


def is_following(task_id: int, user: User) -> bool:
    """Say whether the person follows a task."""
    return db.session.get(TaskFollower, (task_id, user.id)) is not None


def count_followers(task_id: int) -> int:
    """Return how many people follow a task."""
    count = select(func.count()).select_from(TaskFollower).where(TaskFollower.task_id == task_id)
    return db.session.scalar(count) or 0
