"""Random seeds: every generation task gets a range of its own."""

from sqlalchemy import Table, bindparam, update
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


def seeds_of(task: Task) -> tuple[int, int] | None:
    """Return the range a task has, (first, how many), or None."""
    return (task.seed_first, task.seed_count or 0) if task.seed_first else None
