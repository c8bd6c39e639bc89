"""Labels of tasks: tags, campaign, request. They can be changed at any time, for PanDA never gets them."""

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain.labels import LabelRules, Labels, check_labels
from app.domain.permission import Right
from app.domain.way import Way
from app.extensions import db, write_unit
from app.models import Task, TaskTag, User
from app.services.changes import facts_of, note_changes
from app.services.paging import distinct_values
from app.services.problems import ChangedMeanwhile, Invalid, NotAllowed
from app.services.tasks import get_task, may_act
from app.services.transitions import changed_one


def labels_of(task: Task) -> Labels:
    """Return the labels of a task."""
    return Labels(tuple(sorted(each.tag for each in task.tags)), task.campaign or "", task.request or "")


def change_labels(
    task_id: int,
    user: User,
    seen: Labels,
    labels: Labels,
    rules: LabelRules,
    now: datetime,
    way: Way = Way.WEB,
) -> Task:
    """Give a task these labels in the place of those that were seen, whatever its state. Commits.

    Whatever else happens to the task meanwhile is no hindrance: it may be sent at this moment.
    Raise NotFound, NotAllowed, ChangedMeanwhile when it has other labels than those seen, or Invalid with
    all problems. The same ones change nothing.
    """
    with write_unit() as session:
        task = get_task(task_id, user)
        user_id = user.id
        if not may_act(user, task):
            raise NotAllowed(Right.CHANGE_TASK)
        _hold(session, task)
        kept = labels_of(task)
        if kept != seen:
            raise ChangedMeanwhile(task)
        if problems := check_labels(labels, rules, kept):
            raise Invalid(problems)
        if labels != kept:
            before = facts_of(task)
            _replace(session, task, labels, now)
            note_changes(session, task, before, user_id, now, way)
    return task


def _hold(session: Session, task: Task) -> None:
    """Read the task as it is now, and let nobody else change it in this transaction."""
    session.refresh(task, with_for_update={"key_share": True})
    session.expire(task, ["tags"])


def _replace(session: Session, task: Task, labels: Labels, now: datetime) -> None:
    columns = {"campaign": labels.campaign or None, "request": labels.request or None}
    counted = {"version": Task.version + 1, "updated_at": now}
    changed_one(session, update(Task).where(Task.id == task.id).values(**columns, **counted))
    session.refresh(task)
    known = {each.tag: each for each in task.tags}
    task.tags = [known.get(tag) or TaskTag(tag=tag) for tag in labels.tags]


def tags_in_use() -> list[str]:
    """Return the tags that tasks have, sorted."""
    return distinct_values(TaskTag.tag)


def tags_most_used(limit: int) -> list[str]:
    """Return the tags that most tasks have, for suggestions; sorted."""
    often = select(TaskTag.tag).group_by(TaskTag.tag).order_by(func.count().desc(), TaskTag.tag).limit(limit)
    return sorted(db.session.scalars(often))


def campaigns_in_use() -> list[str]:
    """Return the campaigns that tasks are for, sorted."""
    return distinct_values(Task.campaign)
