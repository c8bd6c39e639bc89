"""Random seeds: every generation task gets a range of its own."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.models import Counter, Task

SEEDS = "seeds"
FIRST_SEED = 1


def allot_seeds(session: Session, task: Task) -> None:
    """Give the task a range of as many seeds as it has jobs. Does not commit.

    A task that has a large enough range keeps it.
    """
    needed = task.jobs_total or task.jobs
    if task.seed_first is not None and (task.seed_count or 0) >= needed:
        return
    session.execute(
        update(Counter).where(Counter.name == SEEDS).values(next_value=Counter.next_value + needed)
    )
    after = session.scalar(select(Counter.next_value).where(Counter.name == SEEDS))
    if after is None:
        after = FIRST_SEED + needed
        session.add(Counter(name=SEEDS, next_value=after))
    task.seed_first, task.seed_count = after - needed, needed
