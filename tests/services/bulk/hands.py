"""What tests of actions on many tasks look at, and what they wish for."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.models import BulkAction, BulkItem, Task

Make = Callable[..., Task]


def results(action: BulkAction) -> list[tuple[int, str | None, str | None]]:
    db.session.expire_all()
    items = db.session.scalars(select(BulkItem).where(BulkItem.action_id == action.id).order_by(BulkItem.id))
    return [(item.task_id, item.result, item.why) for item in items]


def fields_of(task: Task) -> dict[str, Any]:
    db.session.expire_all()
    now_is = db.session.get_one(Task, task.id)
    named = {each.field: each.value for each in now_is.fields}
    tags = sorted(each.tag for each in now_is.tags)
    return named | {"events": now_is.events, "jobs": now_is.jobs, "campaign": now_is.campaign, "tags": tags}


def edit(**values: str) -> dict[str, Any]:
    return {"values": values}
