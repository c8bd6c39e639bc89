"""What the filters of the list cost with 100 000 tasks, a page each, in this process.

`python -m tests.bench.find [--tasks 100000] [--database sqlite|postgresql]`. Ends with 1 when the median of a
page is above a second.
"""

import random
import statistics
import sys
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, text

from app.extensions import db, write_unit
from app.models import Task, TaskField
from tests.bench.ground import Ground, ground, options_of, seconds_of
from tests.bench.queue import get, sign_in
from tests.build_task import FIELDS

PAGE_SECONDS = 1.0
TIMES, CHUNK = 5, 5000
PAGES = (
    "all=1", "state=done&state=failed&state=running", "state=done&state=failed&sort=name", "f_run=59-70",
    "f_run=100-600", "f_run=5-9&f_run=100-120&f_run=19000-", "f_energy=10-27", "f_energy=20-25&f_year=2025-",
    "f_year=2025-2025&sort=name", "updated=7d", "updated=..30d&sort=name",
    "created=7d&creator=bench1&creator=bench2",
    "created=..30d&sort=creator", "chain=400&chain=800", "q=RECO+set7", "q=nothing+here",
    "q=" + ",".join(str(number) for number in range(1, 90_000, 500)),
)  # fmt: skip


def main() -> int:
    """Measure, print and judge."""
    given = options_of(__doc__, 100_000).parse_args()
    with ground(given.database, TESTING=True) as here:
        fill(here, given.tasks)
        browser = sign_in(here)
        pages = {
            query: statistics.median(
                seconds_of(lambda query=query: get(browser, f"/tasks?{query}")) for _ in range(TIMES)
            )
            for query in PAGES
        }
    print(f"{given.tasks} tasks, {given.database}:")
    for query, seconds in pages.items():
        print(f"  {query[:48]:48} {seconds * 1000:5.0f} ms, median (bound {PAGE_SECONDS * 1000:.0f} ms)")
    return int(max(pages.values()) > PAGE_SECONDS)


def fill(here: Ground, number: int) -> None:
    """Have so many tasks, updated within the last 115 days."""
    dice, now = random.Random(1), datetime.now(UTC)
    for start in range(1, number + 1, CHUNK):
        ids = range(start, min(start + CHUNK, number + 1))
        named = {each: _fields(each, dice) for each in ids}
        tasks = [_task(each, named[each], dice, here, now) for each in ids]
        fields = [
            {"task_id": each, "field": name, "value": value}
            for each in ids
            for name, value in named[each].items()
        ]
        with here.app.app_context(), write_unit() as session:
            session.execute(insert(Task), tasks)
            session.execute(insert(TaskField), fields)
    with here.app.app_context():
        db.session.execute(text("ANALYZE" if db.engine.dialect.name == "postgresql" else "SELECT 1"))
        db.session.commit()


def _fields(number: int, dice: random.Random) -> dict[str, str]:
    chosen = {"energy": ["10", "13.5", "24", "27"], "year": ["2024", "2025", "2026"]}
    chosen["data_type"] = ["EVGEN", "SIMULATION", "RECO", "AOD"]
    run, version = str(number % 20_000), str(1 + number // 20_000)
    values = {name: dice.choice(words) for name, words in chosen.items()}
    return FIELDS | values | {"run": run, "version": version, "dataset": f"set{number % 500}.{number}"}


def _task(number: int, fields: dict[str, str], dice: random.Random, here: Ground, now: datetime) -> dict:
    at = now - timedelta(seconds=dice.randrange(10**7))
    return {
        "id": number, "name": ".".join(fields.values()), "convention_version": 1, "task_type": "MC",
        "recipe": fields["data_type"], "events": 1000, "jobs": 10, "creator_id": here.user.id,
        "creator_name": f"bench{number % 40}", "state": "submitted", "priority": 900, "state_as_of": at,
        "shown_state": dice.choice(["running", "done", "done", "done", "failed"]), "updated_at": at,
        "created_at": at - timedelta(days=3), "chain_id": number - number % 4 or None,
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
