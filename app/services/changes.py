"""The history of a task's own fields: who changed what, when, by what way, from what to what. Append-only."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.task_state import CommandKind
from app.domain.way import Way
from app.models import PandaCommand, Task, TaskChange

# What people change of a task beside the fields of its name, by the name it has in the history; "" for none.
FACTS: Mapping[str, Callable[[Task], str]] = {
    "collision": lambda task: task.collision or "",
    "events": lambda task: str(task.events),
    "jobs": lambda task: str(task.jobs),
    "priority": lambda task: str(task.priority),
    "parent": lambda task: task.parent.name if task.parent else "",
    "campaign": lambda task: task.campaign or "",
    "request": lambda task: task.request or "",
    "tags": lambda task: ", ".join(each.tag for each in task.tags),
}
# The priority that PanDA was asked for. Written when the task shows it: until then it is an order.
PRIORITY_AT_PANDA = "current_priority"


def facts_of(task: Task) -> dict[str, str]:
    """Return all of a task that its history follows: the fields of its name, then FACTS."""
    named = {field.field: field.value for field in task.fields}
    return named | {name: read(task) for name, read in FACTS.items()}


def note_changes(
    session: Session,
    task: Task,
    before: Mapping[str, str],
    user_id: int,
    now: datetime,
    way: Way = Way.WEB,
) -> None:
    """Append a row for each fact that differs from before. Does not commit."""
    after = facts_of(task)
    for field in dict.fromkeys([*before, *after]):
        old, new = before.get(field) or None, after.get(field) or None
        if old != new:
            session.add(
                TaskChange(
                    task_id=task.id, at=now, user_id=user_id, way=way.value, field=field, old=old, new=new
                )
            )


def note_priority_seen(session: Session, command_id: int, now: datetime) -> None:
    """Append the priority that an order gave a task, in the name of who ordered it. Does not commit.

    Other orders change no field.
    """
    command = session.get_one(PandaCommand, command_id)
    if command.kind != CommandKind.PRIORITY.value:
        return
    session.add(
        TaskChange(
            task_id=command.task_id, at=now, user_id=command.requested_by_id, way=command.way,
            field=PRIORITY_AT_PANDA, old=_priority_before(session, command), new=command.argument,
        )
    )  # fmt: skip


def _priority_before(session: Session, command: PandaCommand) -> str | None:
    known = select(TaskChange.new).where(TaskChange.task_id == command.task_id)
    known = known.where(TaskChange.field == PRIORITY_AT_PANDA).order_by(TaskChange.id.desc()).limit(1)
    first = select(Task.priority).where(Task.id == command.task_id)
    return session.scalar(known) or str(session.scalar(first))
