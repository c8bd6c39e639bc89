"""What an action on 1000 tasks costs the person who asks for it, in this process, among 20 000 tasks.

`python -m tests.bench.bulk [--tasks 1000] [--database sqlite|postgresql]`. Ends with 1 when one of its pages
takes longer than two seconds, or when not every task is done in the end.
"""

import sys

from sqlalchemy import func, select, update
from werkzeug.test import Client, TestResponse

from app.extensions import db, write_unit
from app.models import BulkItem, Task
from jobs.bulk import carry_on_next
from jobs.worker import utc_now
from tests.bench.find import fill
from tests.bench.ground import Ground, ground, options_of, seconds_of
from tests.bench.queue import sign_in

PAGE_SECONDS = 2.0
ALL_TASKS = 20_000
NEW_VERSION = {"change_version": "1", "version": "77", "change_add_tags": "1", "add_tags": "bench"}


def main() -> int:
    """Measure, print and judge."""
    given = options_of(__doc__, 1000).parse_args()
    with ground(given.database, TESTING=True, BULK_SIZE=given.tasks, WTF_CSRF_ENABLED=False) as here:
        fill(here, ALL_TASKS)
        with here.app.app_context(), write_unit() as session:
            drafts = {"state": "draft", "shown_state": "draft", "creator_name": "physicist"}
            session.execute(update(Task).where(Task.id <= given.tasks).values(drafts))
        browser = sign_in(here)
        print(f"{given.tasks} tasks of {ALL_TASKS}, {given.database}:")
        seconds = [each for kind in ("edit", "submit", "withdraw") for each in act(here, browser, kind)]
        with here.app.app_context():
            done = db.session.scalar(select(func.count()).where(BulkItem.result == "done"))
    print(f"  done: {done} of {3 * given.tasks}")
    return int(max(seconds) > PAGE_SECONDS or done != 3 * given.tasks)


def act(here: Ground, browser: Client, kind: str) -> list[float]:
    """Have one action done to all drafts, or to what became of them; what its pages took, seconds."""
    state = "queued" if kind == "withdraw" else "draft"
    chosen = {"kind": kind, "scope": "all", "query": f"state={state}"}
    pages = []

    def post(path: str, data: dict[str, str]) -> TestResponse:
        answers: list[TestResponse] = []
        pages.append(seconds_of(lambda: answers.append(browser.post(path, data=data, follow_redirects=True))))
        assert answers[0].status_code == 200, (kind, path, answers[0].status)
        return answers[0]

    there = post("/bulk", chosen).request.path
    if kind == "edit":
        post(f"{there}/fields", NEW_VERSION)
    seen = browser.get(there).text.partition('name="seen" value="')[2][:16]
    post(f"{there}/start", {"seen": seen})
    worker = here.worker()

    def carry_on() -> None:
        may_go_on = True
        while may_go_on:
            with here.app.app_context():  # one for each step, as the scheduled work has it
                may_go_on = carry_on_next(worker, utc_now())

    background = seconds_of(carry_on)
    shown = ", ".join(f"{each * 1000:.0f}" for each in pages)
    print(f"  {kind:9} pages {shown} ms (bound {PAGE_SECONDS * 1000:.0f} ms); then {background:.1f} s behind")
    return pages


if __name__ == "__main__":
    sys.exit(main())
