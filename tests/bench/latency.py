"""How long a change at PanDA takes to reach the database, at 10 000 active tasks and the shipped intervals.

`python -m tests.bench.latency [--tasks 10000] [--changes 60] [--seconds 150] [--database sqlite]`.
The refresh runs as the scheduler runs it, with the costs of a real PanDA in every call; meanwhile tasks end,
spread evenly over so many seconds. Ends with 1 when one of them took longer than 90 s.
"""

import random
import statistics
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from app.extensions import db, write_unit
from app.models import Task
from jobs.refresh import refresh
from jobs.run import run_until_idle
from jobs.worker import Work
from tests.bench.ground import Ground, costs, ground, options_of
from tests.bench.refresh import BULK_SECONDS_PER_TASK, STATUS_SECONDS, bulk_call, fill

BOUND_SECONDS = 90.0
LOOK_SECONDS = 0.5


def main() -> int:
    """Measure, print and judge."""
    options = options_of(__doc__, 10_000)
    options.add_argument("--changes", type=int, default=60)
    options.add_argument("--seconds", type=float, default=150)
    given = options.parse_args()
    with ground(given.database) as here:
        fill(here, given.tasks)
        let_them_run_for_long(here)
        bulk = bulk_call(here)
        wanted = BULK_SECONDS_PER_TASK * given.tasks
        costs(here.simulator, "task/get_tasks_modified_since", wanted, min(bulk() for _ in range(3)))
        costs(here.simulator, "task/get_detailed_info", STATUS_SECONDS, 0.0)
        took = follow(here, given.tasks, given.changes, given.seconds)
    every = here.app.config["REFRESH_EVERY_SECONDS"]
    print(
        f"{given.tasks} active tasks, {given.database}, a refresh every {every} s; {len(took)} of them end:"
    )
    print(f"  seen after ... {statistics.median(took):.1f} s (median), {max(took):.1f} s (longest)")
    print(f"  (bound {BOUND_SECONDS:.0f} s)")
    return int(max(took) > BOUND_SECONDS)


def let_them_run_for_long(here: Ground) -> None:
    """PanDA's clock stands still: a state that is newer than what is stored must not look older."""
    with here.app.app_context(), write_unit() as session:
        session.execute(update(Task).values(state_as_of=datetime.now(UTC) - timedelta(days=1)))


def follow(here: Ground, tasks: int, changes: int, seconds: float) -> list[float]:
    """Return how long each change took to be stored, seconds."""
    stop = threading.Event()
    thread = threading.Thread(target=keep_refreshing, args=(here, stop))
    thread.start()
    changed: dict[int, float] = {}
    took: dict[int, float] = {}
    chosen = random.Random(1).sample(range(1, tasks + 1), changes)
    began = time.monotonic()
    try:
        while len(took) < changes and time.monotonic() - began < seconds + 3 * BOUND_SECONDS:
            if chosen and time.monotonic() - began >= len(changed) * seconds / changes:
                panda_id = chosen.pop()
                here.simulator.set_task(id=panda_id, status="finished", stays=True)
                changed[panda_id] = time.monotonic()
            else:
                time.sleep(LOOK_SECONDS)
            stored = ended(here)
            took |= {each: time.monotonic() - changed[each] for each in stored if each not in took}
    finally:
        stop.set()
        thread.join()
    missing = [time.monotonic() - at for panda_id, at in changed.items() if panda_id not in took]
    return [*took.values(), *missing]


def keep_refreshing(here: Ground, stop: threading.Event) -> None:
    """Refresh every so often, as APScheduler does with runs that are joined into one."""
    every = here.app.config["REFRESH_EVERY_SECONDS"]
    work, worker = Work("refresh", every, refresh), here.worker()
    next_at = time.monotonic()
    while not stop.is_set():
        run_until_idle(here.app, work, worker, stop)
        next_at = max(next_at + every, time.monotonic())
        stop.wait(next_at - time.monotonic())


def ended(here: Ground) -> set[int]:
    """Return PanDA's ids of the tasks that the database has as ended."""
    with here.app.app_context():
        return set(db.session.scalars(select(Task.panda_id).where(Task.shown_state == "finished")))


if __name__ == "__main__":
    sys.exit(main())
