"""What 10 000 queued tasks cost: the pages that show them, and choosing the next one to be sent.

`python -m tests.bench.queue [--tasks 10000] [--database sqlite|postgresql]`. A manager asks for the pages, in
this process: no network, but all of the work. Ends with 1 when the 95th percentile of a page is above 300 ms,
or the median of a choice above 5 ms.
"""

import statistics
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask.testing import FlaskClient
from sqlalchemy import insert

from app.domain.permission import Role
from app.domain.sign_in import Method, Visitor
from app.domain.task_state import CommandKind
from app.extensions import db, write_unit
from app.models import PandaCommand, Task
from app.services import queue
from app.services.accounts import NewAccount, make_account
from app.services.sessions import begin_session
from tests.bench.ground import Ground, ground, options_of, seconds_of

PAGES = ("/tasks", "/tasks?state=queued&sort=name", "/tasks?q=bench", "/delivery")
PAGE_SECONDS, CHOICE_SECONDS = 0.3, 0.005
TIMES, CHOICES = 60, 200
PERCENTILE = 95
CHUNK = 500


def main() -> int:
    """Measure, print and judge."""
    given = options_of(__doc__, 10_000).parse_args()
    with ground(given.database, TESTING=True) as here:
        fill(here, given.tasks)
        browser = sign_in(here)
        pages = {path: percentile(lambda path=path: get(browser, path), TIMES) for path in PAGES}
        choice = choose(here)
    print(f"{given.tasks} queued tasks, {given.database}:")
    for path, seconds in pages.items():
        print(f"  {path:32} {seconds * 1000:6.0f} ms for 95 of 100 (bound {PAGE_SECONDS * 1000:.0f} ms)")
    print(
        f"  choosing the next command {choice * 1000:.1f} ms, median (bound {CHOICE_SECONDS * 1000:.0f} ms)"
    )
    return int(max(pages.values()) > PAGE_SECONDS or choice > CHOICE_SECONDS)


def fill(here: Ground, number: int) -> None:
    """Have so many tasks queued."""
    now = datetime.now(UTC)
    for start in range(1, number + 1, CHUNK):
        ids = range(start, min(start + CHUNK, number + 1))
        with here.app.app_context(), write_unit() as session:
            session.execute(insert(Task), [_task(each, here, now) for each in ids])
            session.execute(insert(PandaCommand), [_command(each, here, now) for each in ids])


def _task(number: int, here: Ground, now: datetime) -> dict:
    return {
        "id": number, "name": f"bench.{number:05}", "convention_version": 1, "task_type": "MC",
        "recipe": "SIMULATION", "events": 1000, "jobs": 10, "creator_id": here.user.id,
        "creator_name": here.user.username, "state": "queued", "shown_state": "queued", "state_as_of": now,
        "priority": 900, "created_at": now, "updated_at": now,
    }  # fmt: skip


def _command(number: int, here: Ground, now: datetime) -> dict:
    return {
        "id": number, "task_id": number, "kind": "submit", "key": f"key-{number}", "state": "ready",
        "requested_by_id": here.user.id, "created_at": now, "next_at": now, "tries": 0, "looks": 0,
        "resent": False,
    }  # fmt: skip


def sign_in(here: Ground) -> FlaskClient:
    """Return a browser on which a manager is signed in."""
    now = datetime.now(UTC)
    with here.app.app_context():
        person = NewAccount("manager", "Bench", "Bench", "manager@example.org", "a password of the bench")
        user = make_account(person, Role.MANAGER, now)
        token = begin_session(user, Method.PASSWORD, Visitor("127.0.0.1", "bench"), now)
    browser = here.app.test_client()
    with browser.session_transaction() as cookie:
        cookie.update(_user_id=token, _fresh=True)
        cookie.permanent = True
    return browser


def get(browser: FlaskClient, path: str) -> None:
    """Ask for a page, which must be there."""
    answer = browser.get(path)
    if answer.status_code != 200:
        message = f"{path} answered {answer.status_code}"
        raise RuntimeError(message)


def percentile(do: Callable[[], None], times: int) -> float:
    """Return what 95 of 100 calls take at most, seconds; the first few are not counted."""
    for _ in range(3):
        do()
    return statistics.quantiles([seconds_of(do) for _ in range(times)], n=100)[PERCENTILE - 1]


def choose(here: Ground) -> float:
    """Return how long it takes to choose the next command, seconds."""
    longest, kinds = timedelta(hours=1), frozenset(CommandKind)
    with here.app.app_context():

        def once() -> None:
            if queue.next_command(datetime.now(UTC), longest, kinds) is None:
                raise RuntimeError("there is nothing to choose")
            db.session.rollback()

        return statistics.median(seconds_of(once) for _ in range(CHOICES))


if __name__ == "__main__":
    sys.exit(main())
