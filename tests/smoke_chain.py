"""The second part of `make smoke`: a chain of four steps, from one click to four tasks that are done."""

import re
import time
from urllib.parse import urlencode

from plain_browser import Browser, Page

STEPS = ("EVGEN", "SIMULATION", "RECO", "AOD")
SAMPLE = {
    "steps": "-".join(STEPS), "year": "2026", "source": "MC", "energy": "27", "polarization": "UU",
    "description": "minbias", "run": "60", "dataset": "smoke", "events": "100000",
}  # fmt: skip
DONE_SECONDS = 480
LOOK_SECONDS = 0.5


def walk_chain(browser: Browser) -> None:
    """Plan a chain, submit it, and look at its page until every step is done."""
    page = browser.get(f"/chains/new?{urlencode(SAMPLE)}")
    assert "4 tasks would be made" in page.text, page.text
    page = browser.send(page, "/chains/new", "submit")
    assert re.search(r"/chains/\d+$", page.url), f"the plan answered {page.status}: {page.text}"
    began, done = time.monotonic(), 0
    while done < len(STEPS):
        assert time.monotonic() - began < DONE_SECONDS, f"after {DONE_SECONDS} s {states_of(page)}"
        states = states_of(page)
        # Nobody touches it: a step begins when the one before is done, and not earlier.
        assert all(state == "queued" for state in states[states.count("done") + 1 :]), states
        if states.count("done") > done:
            done = states.count("done")
            print(f"{time.monotonic() - began:6.1f} s {STEPS[done - 1]} is done", flush=True)
        time.sleep(LOOK_SECONDS)
        page = browser.get(page.url)


def states_of(page: Page) -> list[str]:
    """Return the states of the steps, in their order."""
    board = next(each for each in page.find_all("ol") if each.attributes.get("class") == "chain-board")
    badges = board.find_all("span")
    return [badge.text for badge in badges if re.match(r"state state-", badge.attributes.get("class", ""))]
