"""What a table of 1000 tasks costs: checked and shown, and made.

`python -m tests.bench.import_tasks [--tasks 1000] [--database sqlite|postgresql]`. Half of the rows are
chains of four; the database holds other tasks already. Each is a request in this process: the text read, each
row judged, the page written. Ends with 1 when the median of a check is above three seconds.
"""

import itertools
import statistics
import sys

from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from app.domain.task_table import Format
from app.domain.task_text import write
from app.extensions import db
from app.models import Task
from tests.bench.find import fill
from tests.bench.ground import Ground, ground, options_of, seconds_of
from tests.bench.queue import sign_in
from tests.build_task import FIELDS

CHECK_SECONDS = 3.0
TIMES, OTHER_TASKS = 5, 20_000
STEPS = ("EVGEN", "SIMULATION", "RECO", "AOD")
NAMES = (*FIELDS, "events", "jobs", "collision", "parent", "tags", "campaign", "request")


def main() -> int:
    """Measure, print and judge."""
    given = options_of(__doc__, 1000).parse_args()
    with ground(given.database, TESTING=True, WTF_CSRF_ENABLED=False) as here:
        fill(here, OTHER_TASKS)
        go_on_counting(here)
        browser = sign_in(here)
        rows = table(given.tasks)
        texts = {f"right, {each}": write(rows, NAMES, each) for each in Format}
        texts["every row wrong in three cells, csv"] = write(spoiled(rows), NAMES, Format.CSV)
        checks = {
            what: statistics.median(seconds_of(send, browser, typed, "check") for _ in range(TIMES))
            for what, typed in texts.items()
        }
        size = len(send(browser, texts["right, csv"], "check"))
        drafts = seconds_of(send, browser, texts["right, csv"], "all-draft")
        again = write(
            [row | {"run": str(int(row["run"]) + 50_000)} | _moved(row) for row in rows], NAMES, Format.CSV
        )
        submitted = seconds_of(send, browser, again, "all-submit")
        made = count(here) - OTHER_TASKS
    print(f"{given.tasks} rows, {given.database}:")
    for what, seconds in checks.items():
        print(f"  checked, {what:36} {seconds:5.2f} s, median (bound {CHECK_SECONDS:.0f} s)")
    print(f"  the page of the right ones is {size / 1e6:.2f} MB")
    print(f"  made as drafts {drafts:.2f} s, made and submitted {submitted:.2f} s")
    if made != 2 * given.tasks:
        print(f"  {made} tasks were made", file=sys.stderr)
        return 1
    return int(max(checks.values()) > CHECK_SECONDS)


def table(number: int) -> list[dict[str, str]]:
    """Return so many rows: the first half alone, the others in chains of four."""
    rows: list[dict[str, str]] = []
    size = {
        "events": "1000000",
        "jobs": "",
        "collision": "pp",
        "tags": "bench 2026-mc",
        "campaign": "2026-spring",
    }
    for run in itertools.count(30_000):
        steps = STEPS if len(rows) >= number // 2 else STEPS[:1]
        parent = ""
        for step in steps:
            fields = FIELDS | {"run": str(run), "data_type": step, "dataset": "import.bench"}
            rows.append({**fields, **size, "parent": parent, "request": "SPDPROD-1"})
            parent = ".".join(fields.values())
            if len(rows) == number:
                return rows
    raise AssertionError


def spoiled(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the rows with a comma in the energy, a blank in the description and no events."""
    return [row | {"energy": "27,5 GeV", "description": "min bias", "events": ""} for row in rows]


def _moved(row: dict[str, str]) -> dict[str, str]:
    parts = row["parent"].split(".")
    return {
        "parent": ".".join([*parts[:5], str(int(parts[5]) + 50_000), *parts[6:]]) if row["parent"] else ""
    }


def send(browser: FlaskClient, typed: str, action: str) -> str:
    """Send the page with this text; the answer must be what that action leads to."""
    answer = browser.post(
        "/tasks/import", data={"text": typed, "action": action}, content_type="multipart/form-data"
    )
    if answer.status_code != (200 if action == "check" else 303):
        message = f"{action} answered {answer.status_code}"
        raise RuntimeError(message)
    return answer.text


def go_on_counting(here: Ground) -> None:
    """Have PostgreSQL give new tasks ids above those that were given by us."""
    with here.app.app_context():
        if db.engine.dialect.name == "postgresql":
            db.session.execute(text("SELECT setval('task_id_seq', :last)"), {"last": OTHER_TASKS})
            db.session.commit()


def count(here: Ground) -> int:
    """Return how many tasks there are."""
    with here.app.app_context():
        return db.session.scalar(select(func.count()).select_from(Task)) or 0


if __name__ == "__main__":
    sys.exit(main())
