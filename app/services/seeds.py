"""Random seeds: every generation task gets a range of its own; and the numbers of events of an extension."""

from sqlalchemy import Table, and_, bindparam, func, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from app.models import Counter, Task

SEEDS = "seeds"
FIRST_SEED = 1
# Put together once: they are run for each task.
_COUNTERS, _TASKS = Table("counter", Counter.metadata), Table("task", Task.metadata)
_RAISE = (
    update(_COUNTERS)
    .where(_COUNTERS.c.name == SEEDS)
    .values(next_value=_COUNTERS.c.next_value + bindparam("needed"))
    .returning(_COUNTERS.c.next_value)
)
_ALLOT = (
    update(_TASKS)
    .where(_TASKS.c.id == bindparam("task_id"))
    .values(seed_first=bindparam("first"), seed_count=bindparam("needed"))
)


def allot_seeds(session: Session, task: Task) -> None:
    """Give the task a range of as many seeds as it has jobs. Does not commit.

    A task that has a large enough range keeps it.
    """
    needed = task.jobs_total or task.jobs
    if task.seed_first is not None and (task.seed_count or 0) >= needed:
        return
    after = session.scalar(_RAISE, {"needed": needed})
    if after is None:
        after = FIRST_SEED + needed
        session.add(Counter(name=SEEDS, next_value=after))
    first = after - needed
    session.execute(_ALLOT, {"task_id": task.id, "first": first, "needed": needed})
    set_committed_value(task, "seed_first", first)
    set_committed_value(task, "seed_count", needed)


def allot_event_numbers(session: Session, task: Task) -> None:
    """Have the events of an extension numbered on from all that was sent of its sample. Does not commit.

    What was sent is not changed any more, and one thread sends: no two extensions get the same numbers. A
    task that extends nothing begins with 1, and so do those that read their events.
    """
    if task.extends_id is None or task.parent_id is not None:
        return
    was_sent = and_(Task.extends_id == task.extends_id, Task.first_event.is_not(None))
    last = select(func.max(func.coalesce(Task.first_event, 1) - 1 + Task.events))
    last = last.where(or_(Task.id == task.extends_id, was_sent), Task.id != task.id)
    first = int(session.scalar(last) or 0) + 1
    session.execute(update(Task).where(Task.id == task.id).values(first_event=first))
    set_committed_value(task, "first_event", first)


def seeds_of(task: Task) -> tuple[int, int] | None:
    """Return the range a task has, (first, how many), or None."""
    return (task.seed_first, task.seed_count or 0) if task.seed_first else None
