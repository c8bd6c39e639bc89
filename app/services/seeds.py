"""Random seeds: every generation task gets a range of its own."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.models import Counter, Task

SEEDS = "seeds"
FIRST_SEED = 1
_NOTHING_TO_SYNCHRONIZE = {"synchronize_session": False}


def allot_seeds(session: Session, task: Task) -> None:
    """Give the task a range of as many seeds as it has jobs. Does not commit.

    A task that has a large enough range keeps it.
    """
    needed = task.jobs_total or task.jobs
    if task.seed_first is not None and (task.seed_count or 0) >= needed:
        return
    raised = update(Counter).where(Counter.name == SEEDS).values(next_value=Counter.next_value + needed)
    after = session.scalar(raised.returning(Counter.next_value), execution_options=_NOTHING_TO_SYNCHRONIZE)
    if after is None:
        after = FIRST_SEED + needed
        session.add(Counter(name=SEEDS, next_value=after))
    task.seed_first, task.seed_count = after - needed, needed


def seeds_of(task: Task) -> tuple[int, int] | None:
    """Return the range a task has, (first, how many), or None."""
    return (task.seed_first, task.seed_count or 0) if task.seed_first else None
