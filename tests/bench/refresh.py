"""How long one cycle of the refresh takes at 10 000 active tasks, against asking task by task.

`python -m tests.bench.refresh [--tasks 10000] [--asked 500] [--database sqlite|postgresql]`. The calls of the
simulator cost at least what those of a real, quiet PanDA with 10 000 tasks were measured to cost:
get_tasks_modified_since of all of them 0.81 s, get_status through panda-client 2.2.0 14 ms. Ends with 1 when
a figure is outside its bounds: 100 times faster, and at most 1.5 times the bulk call and the writes alone.
"""

import statistics
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, update

from app.extensions import write_unit
from app.models import Task
from jobs.refresh import refresh
from tests.bench.ground import Ground, costs, environment_of_panda_client, ground, options_of, seconds_of

BULK_SECONDS_PER_TASK, STATUS_SECONDS = 0.81 / 10_000, 0.014
FASTER, OVERHEAD = 100.0, 1.5
CYCLES = 5
CHUNK = 500


def main() -> int:
    """Measure, print and judge."""
    options = options_of(__doc__, 10_000)
    options.add_argument("--asked", type=int, default=500)
    given = options.parse_args()
    with ground(given.database) as here:
        fill(here, given.tasks)
        return measure(here, given.tasks, given.asked, given.database)


def fill(here: Ground, number: int) -> None:
    """Give PanDA and the database so many running tasks."""
    now = datetime.now(UTC)
    user_name, label = here.app.config["PANDA_USER_NAME"], here.app.config["PANDA_PROD_SOURCE_LABEL"]
    for start in range(1, number + 1, CHUNK):
        ids = range(start, min(start + CHUNK, number + 1))
        here.simulator._post("tasks", [_at_panda(panda_id, user_name, label) for panda_id in ids])
        with here.app.app_context(), write_unit() as session:
            session.execute(insert(Task), [_row(panda_id, here.user, now) for panda_id in ids])


def _at_panda(panda_id: int, user_name: str, label: str) -> dict:
    parameters = {
        "taskName": f"bench.{panda_id}", "userName": user_name, "vo": "spd.nica.jinr", "taskType": "prod",
        "prodSourceLabel": label, "uniqueTaskName": True, "ticketID": f"key-{panda_id}", "noInput": True,
        "nEvents": 1000, "nEventsPerJob": 100, "taskPriority": 900,
    }  # fmt: skip
    return {"id": panda_id, "parameters": parameters, "status": "running", "stays": True}


def _row(panda_id: int, user: object, now: datetime) -> dict:
    return {
        "name": f"bench.{panda_id}", "convention_version": 1, "task_type": "MC", "recipe": "SIMULATION",
        "events": 1000, "jobs": 10, "creator_id": user.id, "creator_name": user.username,
        "state": "submitted", "panda_status": "running", "shown_state": "running", "state_as_of": now,
        "panda_id": panda_id, "priority": 900, "jobs_total": 10, "created_at": now, "submitted_at": now,
        "updated_at": now, "verified_at": now, "confirmed_at": now, "progress_at": now,
    }  # fmt: skip


def measure(here: Ground, number: int, asked: int, database: str) -> int:
    """Compare the cycle with panda-client, and with its bulk call and its writes alone."""
    bulk = bulk_call(here)
    wait = costs(
        here.simulator,
        "task/get_tasks_modified_since",
        BULK_SECONDS_PER_TASK * number,
        min(bulk() for _ in range(3)),
    )
    one_by_one = panda_client(here)
    first = statistics.median(one_by_one(panda_id) for panda_id in range(1, 31))
    wait_of_one = costs(here.simulator, "task/get_status", STATUS_SECONDS, first)
    client = sum(one_by_one(1 + panda_id % number) for panda_id in range(asked)) / asked * number
    cycles, alone = [], []
    for _ in range(CYCLES):  # in turn: what else the machine does meets both
        cycles.append(cycle(here))
        alone.append(bulk() + writes(here, number))
    ours, least = statistics.median(cycles), statistics.median(alone)
    faster, overhead = client / ours, ours / least
    print(f"{number} active tasks, {database}; waits added to the simulator:")
    print(f"  bulk call {wait:.2f} s, get_status {wait_of_one * 1000:.1f} ms")
    print(f"  panda-client 2.2.0 task by task ... {client:8.1f} s ({asked} asked, scaled)")
    print(f"  one cycle of ours ................. {ours:8.2f} s (median of {CYCLES})")
    print(f"  bulk call and writes alone ........ {least:8.2f} s")
    print(f"  {faster:.0f} times faster (bound {FASTER:.0f}); {overhead:.2f} of the least (bound {OVERHEAD})")
    return int(faster < FASTER or overhead > OVERHEAD)


def bulk_call(here: Ground) -> Callable[[], float]:
    """Return what asks the bulk question once, as the refresh does, and says how long it took."""
    worker, config = here.worker(), here.app.config
    since = datetime.now(UTC) - timedelta(days=30)

    def ask() -> None:
        with here.app.app_context():
            worker.panda.tasks_modified_since(
                since, config["PANDA_USER_NAME"], config["PANDA_PROD_SOURCE_LABEL"]
            )

    return lambda: seconds_of(ask)


def writes(here: Ground, number: int) -> float:
    """Confirm every state, by as many statements as the refresh: the writes alone."""

    def confirm() -> None:
        with here.app.app_context():
            for start in range(1, number + 1, CHUNK):
                with write_unit() as session:
                    ids = range(start, min(start + CHUNK, number + 1))
                    session.execute(
                        update(Task).where(Task.id.in_(ids)).values(confirmed_at=datetime.now(UTC))
                    )

    return seconds_of(confirm)


def cycle(here: Ground) -> float:
    """Refresh until idle, as a process just started does, and return how long it took."""
    worker = here.worker()

    def run() -> None:
        with here.app.app_context():
            while refresh(worker, datetime.now(UTC)):
                pass

    with (
        here.app.app_context(),
        write_unit() as session,
    ):  # no details are due: they are measured by their own limit
        session.execute(update(Task).values(progress_at=datetime.now(UTC)))
    return seconds_of(run)


def panda_client(here: Ground) -> Callable[[int], float]:
    """Return what asks for one task as panda-client does, and says how long it took."""
    environment_of_panda_client(here.simulator.url, here.token)
    from pandaclient import Client

    def ask(panda_id: int) -> float:
        answers: list = []
        took = seconds_of(lambda: answers.append(Client.getTaskStatus(panda_id)))
        if answers[0] != (0, "running"):
            message = f"panda-client got {answers[0]!r}"
            raise RuntimeError(message)
        return took

    return ask


if __name__ == "__main__":
    sys.exit(main())
