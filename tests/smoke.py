"""`make smoke`: start the product as `make run` does, and take a task and a chain to their ends over HTTP.

Nothing is in the process but a browser without JavaScript. It prints the seconds at which each state was seen
and ends with 0 only if everything was right.
"""

import argparse
import contextlib
import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import requests
from plain_browser import Browser, Page
from smoke_chain import walk_chain

ROOT = Path(__file__).parent.parent
NAME = "2026.MC.27.UU.minbias.59.SIMULATION.myDataset.123456.name.1"
FIELDS = {
    "year": "2026",
    "source": "MC",
    "energy": "27",
    "polarization": "UU",
    "description": "minbias",
    "run": "59",
    "data_type": "SIMULATION",
    "dataset": "myDataset.123456.name",
    "version": "1",
}
EVENTS, JOBS = 1_000_000, 1000
START_SECONDS = 120
DONE_SECONDS = 240
LOOK_SECONDS = 0.2

LOG_ENTRY = rf"""\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d,\d{{3}} Sending task named '{re.escape(NAME)}'
  dataset name : 'myDataset\.123456\.name'
  event\(s\) per job : 1000
  no input flag is : (True|False)
  task creator : Demo Physicist
  task VO : spd\.nica\.jinr
  task priority : 900
  architecture : x86_64
  cloud : RU
  site : JINR_SPD_TEST
  workingGroup : spd\.nica\.jinr
"""


@dataclass
class Product:
    """What was started, and what it said."""

    process: subprocess.Popen[str]
    port: int
    instance: Path
    lines: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def simulator(self) -> str:
        """Where PanDA's simulator listens: the address it printed."""
        return next(
            found[1] for line in self.lines if (found := re.search(r"panda .*Listening at: (\S+)", line))
        )

    def password(self, username: str) -> str:
        """Return the password that was printed."""
        pairs = (line.split() for line in self.lines)
        return next(pair[1] for pair in pairs if len(pair) == 2 and pair[0] == username)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--time-scale", default="4", help="how much faster than life the simulator runs")
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="spd-smoke-") as folder,
        running(Path(folder), chosen.time_scale) as product,
    ):
        try:
            walk(product)
        except BaseException:
            print("\n".join(["", "What the product said last:", *product.lines[-40:]]), file=sys.stderr)
            raise
    check_end(product)
    print("Everything was right.")
    return 0


@contextlib.contextmanager
def running(folder: Path, time_scale: str) -> Iterator[Product]:
    """Start the product on free ports and stop it with Ctrl-C's signal."""
    product = start(folder / "instance", time_scale)
    reader = threading.Thread(target=read, args=(product,))
    reader.start()
    try:
        wait_for_greeting(product)
        yield product
    finally:
        product.process.send_signal(signal.SIGINT)
        product.process.wait(60)
        reader.join()


def start(instance: Path, time_scale: str) -> Product:
    port = free_port()
    command = [sys.executable, ROOT / "tools/run.py", "--port", str(port), "--instance", instance]
    process = subprocess.Popen(
        ["env", f"SIMULATOR_TIME_SCALE={time_scale}", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    return Product(process, port, instance)


def read(product: Product) -> None:
    for line in product.process.stdout or ():
        product.lines.append(line.rstrip())


def wait_for_greeting(product: Product) -> None:
    began = time.monotonic()
    while not any("Ctrl-C stops everything" in line for line in product.lines):
        assert product.process.poll() is None, "\n".join(["it ended:", *product.lines])
        assert time.monotonic() - began < START_SECONDS, "\n".join(["it did not start:", *product.lines])
        time.sleep(0.05)
    print(f"{time.monotonic() - began:6.1f} s from start to page, at {product.address}")


def walk(product: Product) -> None:
    browser = Browser(product.address)
    with contextlib.closing(browser):
        sign_in(browser, product)
        page = create(browser)
        page = watch(browser, page)
        check_task(page)
        check_list(browser)
        check_calls(browser, page)
        check_log(product)
        check_simulator(product)
        walk_chain(browser)
        sign_out(browser)


def sign_in(browser: Browser, product: Product) -> None:
    page = browser.get("/")
    assert page.url.partition("?")[0].endswith("/sign-in"), page.url
    page = browser.send(page, "/sign-in", username="physicist", password=product.password("physicist"))
    assert page.url.endswith("/tasks"), f"signing in led to {page.url} ({page.status})"


def create(browser: Browser) -> Page:
    page = browser.send(browser.get("/tasks/new"), "/tasks/new", "continue", **FIELDS)
    assert "/tasks/new/size" in page.url, f"step 1 answered {page.status}: {page.text}"
    assert NAME in page.text.replace(" ", ""), "step 2 does not show the name"
    page = browser.send(page, "/tasks/new/size", "submit", events=str(EVENTS), jobs=str(JOBS))
    assert re.search(r"/tasks/\d+$", page.url), f"step 2 answered {page.status}: {page.text}"
    return page


def watch(browser: Browser, page: Page) -> Page:
    """Look at the task's page until it says done; print when each state was first seen."""
    began = time.monotonic()
    seen: list[str] = []
    while seen[-1:] != ["done"]:
        assert time.monotonic() - began < DONE_SECONDS, f"not done after {DONE_SECONDS} s; seen: {seen}"
        state = state_on(page)
        if state not in seen:
            seen.append(state)
            print(f"{time.monotonic() - began:6.1f} s {state}", flush=True)
        time.sleep(LOOK_SECONDS)
        page = browser.get(page.url)
    assert len(seen) > 3, f"too few states were seen: {seen}"
    return page


def state_on(page: Page) -> str:
    badge = next(
        element for element in page.find_all("span") if "state-large" in element.attributes.get("class", "")
    )
    return badge.text


def check_task(page: Page) -> None:
    facts = page.facts()
    wanted = {
        "Parent task": "none",
        "Chain task id": "none",
        "Type": "MC",
        "Creator": "Demo Physicist (physicist)",
        "Total events": str(EVENTS),
        "Total requested jobs": str(JOBS),
        "Total jobs done": str(JOBS),
        "Priority": "900",
    }
    assert {name: facts.get(name) for name in wanted} == wanted
    assert facts["PanDA task id"].isdigit(), facts["PanDA task id"]
    for name in ("Task id", "Current priority", "Time of creation", "Start time", "Last update"):
        assert facts[name] not in {"", "—"}, f"{name} is empty"
    sent = json.loads(page.find_all("pre")[0].text)
    wanted_parameters = {
        "taskName": NAME,
        "nEvents": EVENTS,
        "nEventsPerJob": EVENTS // JOBS,
        "uniqueTaskName": True,
    }
    assert {name: sent.get(name) for name in wanted_parameters} == wanted_parameters


def check_list(browser: Browser) -> None:
    rows = [row for row in browser.get("/tasks").rows() if row and row[0] == NAME]
    assert len(rows) == 1, "the list does not show the task once"
    assert rows[0][1:4] == ["MC", "physicist", ""], rows[0]
    assert rows[0][5:7] == ["done", f"{JOBS} / {JOBS}"], rows[0]


def check_calls(browser: Browser, task: Page) -> None:
    task_id = task.facts()["Task id"]
    calls = [row for row in browser.get(f"/calls?task={task_id}").rows() if "task/submit" in " ".join(row)]
    assert len(calls) == 1, f"the task was sent {len(calls)} times by the log of calls"
    assert "physicist" in calls[0], calls[0]
    assert "200" in " ".join(calls[0]), calls[0]


def check_log(product: Product) -> None:
    files = list((product.instance / "logs").glob("create_send_*.log"))
    assert len(files) == 1, files
    assert datetime.strptime(files[0].stem, "create_send_%Y-%m-%d")
    assert re.fullmatch(LOG_ENTRY, files[0].read_text()), files[0].read_text()


def check_simulator(product: Product) -> None:
    """Ask PanDA's side, too: one task of this name, and it is done."""
    answer = requests.get(f"{product.simulator}/simulator/tasks", timeout=10).json()
    ours = [task for task in answer["tasks"] if task.get("taskName", task.get("name")) == NAME]
    assert [task["status"] for task in ours] == ["done"], answer


def sign_out(browser: Browser) -> None:
    page = browser.send(browser.get("/tasks"), "/sign-out")
    assert browser.get("/tasks").url.partition("?")[0].endswith("/sign-in"), page.url


def check_end(product: Product) -> None:
    assert product.process.returncode == 0, f"it ended with {product.process.returncode}"
    bad = [line for line in product.lines if "Traceback" in line or "ERROR" in line or " 500 " in line]
    assert not bad, bad
    for address in (product.address, product.simulator):
        port = int(address.rpartition(":")[2])
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0, f"something still listens at {address}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
