"""How fast queued tasks are sent, against a bare loop of the same POSTs.

`python -m tests.bench.submit [--tasks 300] [--database sqlite|postgresql]`. The bare loop keeps one
connection and makes as many durable commits for each task as sending does (the intent, the answer, the
call); each submit costs at least the 23 ms of a real PanDA. The read-back runs afterwards, outside of both.
Ends with 1 when sending has less than 0.9 of the bare loop's throughput.
"""

import json
import statistics
import sys
import uuid
from datetime import UTC, datetime, timedelta

import requests
from sqlalchemy import select, update

from app.domain.task_state import CommandState, TaskState
from app.extensions import db, write_unit
from app.models import Counter, PandaCommand
from jobs.deliver import deliver_next
from tests.bench.ground import Ground, costs, ground, options_of, seconds_of
from tests.build_task import build_task

SUBMIT_SECONDS = 0.023
COMMITS = 3
LEAST = 0.9
ROUNDS = 5
WARM_UP = 20


def main() -> int:
    """Measure, print and judge."""
    given = options_of(__doc__, 300).parse_args()
    each = given.tasks // ROUNDS
    with ground(given.database) as here:
        payload = sample(here)
        bare = BareLoop(here, payload)
        bare.send(WARM_UP)
        wait = costs(here.simulator, "task/submit", SUBMIT_SECONDS, bare.post_seconds())
        ours, least = [], []
        for _ in range(ROUNDS):  # in turn: what else the machine does meets both
            ours.append(each / send(here, each))
            least.append(each / bare.send(each))
    ratio = statistics.median(ours) / statistics.median(least)
    print(f"{given.tasks} submissions, {given.database}; wait added to the simulator: {wait * 1000:.1f} ms")
    print(f"  bare keep-alive loop, {COMMITS} commits each ... {statistics.median(least):6.1f} tasks/s")
    print(f"  ours ................................. {statistics.median(ours):6.1f} tasks/s")
    print(f"  {ratio:.2f} of it (at least {LEAST})")
    return int(ratio < LEAST)


def queue(here: Ground, number: int) -> None:
    """Have so many tasks queued."""
    now = datetime.now(UTC) - timedelta(seconds=1)
    with here.app.app_context():
        for _ in range(number):
            build_task(here.user, TaskState.QUEUED, now, dataset=f"bench.{uuid.uuid4().hex[:12]}")


def send(here: Ground, number: int) -> float:
    """Send so many queued tasks as the scheduled work does; return how long it took."""
    queue(here, number)
    worker = here.worker()

    def run() -> None:
        while True:
            with here.app.app_context():
                if not deliver_next(worker, datetime.now(UTC)):
                    return

    took = seconds_of(run)
    with here.app.app_context():
        is_left = select(PandaCommand.id).where(PandaCommand.state != CommandState.ACCEPTED.value)
        if db.session.scalar(is_left.limit(1)) is not None:
            raise RuntimeError("not every task was accepted")
    return took


def sample(here: Ground) -> dict:
    """Send one task and return what went to PanDA."""
    send(here, 1)
    with here.app.app_context():
        return json.loads(db.session.scalars(select(PandaCommand.payload)).one() or "{}")


class BareLoop:
    """Posts the same payload over one connection, with as many commits and nothing else."""

    def __init__(self, here: Ground, payload: dict) -> None:
        self._here, self._payload, self._session = here, payload, requests.Session()
        self._session.headers.update(
            {
                "Accept": "application/json",
                "Content-Type": "application/json",
                "Authorization": f"Bearer {here.token}",
                "Origin": here.app.config["PANDA_ORIGIN"],
            }
        )
        with here.app.app_context(), write_unit() as writing:
            writing.add(Counter(name="bench", next_value=0))

    def send(self, number: int) -> float:
        """Send so many tasks; return how long it took."""
        return seconds_of(lambda: [self._send_one() for _ in range(number)])

    def post_seconds(self) -> float:
        """Return how long a POST takes without any commit."""
        return statistics.median(seconds_of(self._post) for _ in range(WARM_UP))

    def _send_one(self) -> None:
        with self._here.app.app_context():
            commit()
            self._post()
            for _ in range(COMMITS - 1):
                commit()

    def _post(self) -> None:
        key = str(uuid.uuid4())
        body = {"task_parameters": self._payload | {"taskName": f"bare.{key}", "ticketID": key}}
        url = f"{self._here.simulator.url}/api/v1/task/submit"
        answer = self._session.post(url, json=body, timeout=60).json()
        if answer["success"] is not True:
            raise RuntimeError(answer["message"])


def commit() -> None:
    """Make one durable commit."""
    with write_unit() as session:
        session.execute(
            update(Counter).where(Counter.name == "bench").values(next_value=Counter.next_value + 1)
        )


if __name__ == "__main__":
    sys.exit(main())
