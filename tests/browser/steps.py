"""Steps that several browser tests take."""

import itertools
import re
from urllib.parse import urlencode

from playwright.sync_api import Page, expect

NUMBERS = itertools.count(1)
FIELDS = {
    "year": "2026",
    "energy": "27",
    "run": "59",
    "version": "1",
}
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
CHOICES = {"source": "MC", "polarization": "UU", "data_type": "SIMULATION"}


def new_dataset() -> str:
    """Return a dataset name that no other test of this process uses."""
    return f"browser.{next(NUMBERS)}.name"


def description_of(dataset: str) -> str:
    """Return a description as new as the dataset: of a sample that exists one would be asked."""
    return f"minbias_{re.sub('[^0-9A-Za-z]', '_', dataset)}"


def fill_name(page: Page, dataset: str) -> str:
    """Fill the fields of the name as a person would and return the name."""
    description = description_of(dataset)
    for name, value in {**FIELDS, "description": description, "dataset": dataset}.items():
        page.locator(f"[name={name}]").fill(value)
    for name, value in CHOICES.items():
        page.locator(f"[name={name}]").select_option(value)
    return f"2026.MC.27.UU.{description}.59.SIMULATION.{dataset}.1"


def create_task(
    page: Page, dataset: str, action: str = "submit", events: int = 10_000, jobs: int = 10
) -> str:
    """Create a task by the two pages and return its name; the task's page is open then."""
    page.goto("/tasks/new")
    name = fill_name(page, dataset)
    page.locator("main form .form-end button[value=continue]").click()
    page.wait_for_url("**/tasks/new/size**")
    page.locator("[name=events]").fill(str(events))
    page.locator("[name=jobs]").fill(str(jobs))
    page.locator(f"main form .form-end button[value={action}]").click()
    page.wait_for_url(re.compile(r"/tasks/\d+$"))
    return name


def post_task(
    page: Page, dataset: str, action: str = "submit", events: int = 10_000, jobs: int = 10
) -> tuple[str, str]:
    """Have a task without walking through the pages that make it; return its name and its path."""
    description = description_of(dataset)
    fields = {**FIELDS, **CHOICES, "description": description, "dataset": dataset}
    there = f"/tasks/new/size?{urlencode(fields)}"
    token = TOKEN.search(page.request.get(there).text())
    assert token is not None
    sizes = {"events": str(events), "jobs": str(jobs), "csrf_token": token[1], "action": action}
    answer = page.request.post("/tasks/new/size", form={**fields, **sizes}, max_redirects=0)
    path = answer.headers["location"]
    assert re.fullmatch(r"/tasks/\d+", path), path
    return f"2026.MC.27.UU.{description}.59.SIMULATION.{dataset}.1", path


def open_new_task(page: Page, dataset: str, **wanted: object) -> str:
    """Have a task as post_task does, and open its page; return its name."""
    name, path = post_task(page, dataset, **wanted)
    page.goto(path)
    return name


def save_view(page: Page, name: str, shared: bool = False) -> None:
    """Save what the list shows as a view, as a person would."""
    page.locator("#views > summary").click()
    page.locator("#view-name").fill(name)
    page.locator("#save-view input[name=is_shared]").set_checked(shared)
    page.locator("#save-view button").click()
    expect(page.locator("#messages .message-success")).to_be_visible()


def wait_for_state(page: Page, icon: str, seconds: float = 60) -> None:
    """Wait until the task's page shows a state with this icon, by itself."""
    expect(page.locator(f"#task-state .state-{icon}")).to_be_visible(timeout=seconds * 1000)


def fill_sample(
    page: Page, dataset: str, energy: str = "27", polarizations: tuple[str, ...] = ("UU",)
) -> None:
    """Fill the planner for chains of four steps."""
    page.goto("/chains/new")
    page.locator("[name=steps]").select_option("EVGEN-SIMULATION-RECO-AOD")
    for value in ("MC", *polarizations):
        page.locator(f"input[type=checkbox][value={value}]").check()
    for name in ("year", "run"):
        page.locator(f"[name={name}]").fill(FIELDS[name])
    page.locator("[name=description]").fill(description_of(dataset))
    page.locator("[name=energy]").fill(energy)
    page.locator("[name=dataset]").fill(dataset)
    page.locator("[name=events]").fill("1000000")


def plan_chain(page: Page, dataset: str) -> None:
    """Plan and submit a chain of four steps; its page is open then."""
    fill_sample(page, dataset)
    page.locator("#plan button[value=submit]").click()
    page.wait_for_url(re.compile(r"/chains/\d+$"))


def check_table(page: Page, text: str) -> None:
    """Paste a table of tasks and have its rows checked."""
    page.goto("/tasks/import")
    page.locator("#field-table").fill(text)
    page.locator("#import-text button[value=check]").click()
    page.locator("#result").wait_for()


def save_preset(page: Page, name: str) -> None:
    """Keep what the form holds that is open; it is open again then."""
    page.locator("#preset-save summary").click()
    page.locator("#preset-name").fill(name)
    page.locator("#preset-save [name=is_shared]").check()
    page.locator("#preset-save button[value=preset]").click()


def write_comment(page: Page, text: str) -> str:
    """Write a comment on the task whose page is open, and return its id."""
    page.locator("[name=comment]").last.fill(text)
    page.locator("#comment-form button[type=submit]").click()
    page.wait_for_url(re.compile(r"#comment-\d+$"))
    return page.url.rpartition("-")[2]


def label_task(page: Page, **labels: str) -> None:
    """Give the task whose page is open these labels; its page is open again then."""
    page.locator("#task-labels a[href$='/labels']").click()
    for name, value in labels.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("main form.panel button[type=submit]").click()
    page.wait_for_url(re.compile(r"/tasks/\d+$"))
