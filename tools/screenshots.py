"""`make screenshots`: take the pictures of docs/images from a filled instance, in a real browser."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, Page, expect, sync_playwright  # noqa: E402

from app.domain.task_table import Format  # noqa: E402
from app.domain.task_text import write  # noqa: E402
from tests.browser.product import Product, running_product  # noqa: E402
from tests.browser.steps import check_table, fill_sample  # noqa: E402
from tests.build_table import NAMES, row  # noqa: E402

IMAGES = ROOT / "docs" / "images"
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
NAME = {
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
# Of the demo data, or of what was planned before.
PAGES = {
    "/recipes": "recipes",
    "/tasks?state=done&f_energy=27&updated=30d": "filters",
    "/tasks/compare?a=1&b=2": "compare",
}


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        instance = Path(folder) / "instance"
        environment = {**os.environ, "SPD_INSTANCE": str(instance)}
        _run("-m", "flask", "--app", "wsgi", "prepare", environment=environment)
        _run("tools/demo_data.py", "--instance", str(instance), environment=environment)
        with running_product(instance) as product, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            _walk(_enter(browser, product, 1280, "light", "en"))
            page = _enter(browser, product, 1280, "light", "en")
            _take(page, "/tasks", "tasks")
            _take(page, "/calls", "calls")
            _copy_and_extend(page)
            _plan(page)
            _walk_through_many(page)
            for path, name in PAGES.items():
                _take(page, path, name)
            _take(_enter(browser, product, 1280, "dark", "ru"), "/tasks", "tasks-dark-ru")
            _take(_enter(browser, product, 375, "light", "ru"), "/tasks", "tasks-narrow-ru")
            browser.close()


def _run(*command: str, environment: dict[str, str]) -> None:
    subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, check=True)  # noqa: S603  ours


def _enter(browser: Browser, product: Product, width: int, theme: str, language: str) -> Page:
    context = browser.new_context(
        base_url=product.url,
        viewport={"width": width, "height": 800},
        color_scheme=theme,
        locale=language,
    )
    page = context.new_page()
    page.goto("/sign-in")
    page.locator("[name=username]").fill("physicist")
    page.locator("[name=password]").fill(product.passwords["physicist"])
    page.locator("main form button").click()
    page.wait_for_url("**/tasks")
    return page


def _walk(page: Page) -> None:
    page.goto("/tasks/new")
    for name, value in NAME.items():
        field = page.locator(f"[name={name}]")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    expect(page.locator("#name-card .card-good")).to_be_visible()
    _picture(page, "step-1-name")
    page.locator(".form-end [value=continue]").click()
    page.locator("[name=events]").fill("1000000")
    page.locator("[name=jobs]").fill("1000")
    expect(page.locator("#size-card details")).to_be_visible()
    _picture(page, "step-2-size")
    page.locator(".form-end [value=submit]").click()
    for picture, icon in (("task-waiting", "dots"), ("task-running", "play"), ("task-done", "tick")):
        expect(page.locator(f"#task-state .state-{icon}")).to_be_visible(timeout=60_000)
        _picture(page, picture)


def _copy_and_extend(page: Page) -> None:
    page.goto("/tasks?state=done")
    page.locator("#task-list th a.name").first.click()
    there = page.url
    page.get_by_role("link", name="Copy task").click()
    _picture(page, "clone")
    page.goto(f"{there}/extend")
    _picture(page, "extend")


def _plan(page: Page) -> None:
    """Make a sample of three energies and two polarizations, four steps each, and look at its first chain."""
    fill_sample(page, "shower.study", energy="10, 13.5, 27", polarizations=("UU", "LL"))
    expect(page.locator("#plan-title")).to_have_text("24 tasks would be made")
    _picture(page, "planner")
    page.locator("#plan").scroll_into_view_if_needed()
    _picture(page, "planner-tasks")
    page.locator("#plan button[value=submit]").click()
    page.wait_for_url("**/chains")
    _picture(page, "chains")
    page.locator("main a[href^='/chains/']").nth(1).click()
    expect(page.locator(".chain-board .state-play").first).to_be_visible(timeout=60_000)
    _picture(page, "chain")


def _walk_through_many(page: Page) -> None:
    rows = [row(dataset="from.a.file", run=run) for run in ("59", "60", "61")]
    check_table(page, write([*rows, row(dataset="from.a.file", energy="13,5")], NAMES, Format.CSV))
    page.locator("#result").scroll_into_view_if_needed()
    _picture(page, "import")
    page.goto("/tasks?q=shower.study")
    page.locator("#tick-page").check()
    _picture(page, "many-chosen")
    page.locator("#ticked button[value=withdraw]").click()
    _picture(page, "many-preview")
    page.locator("form.order-form button[type=submit]").click()
    expect(page.locator("#bulk-items .bulk-told .state-tick").first).to_be_visible(timeout=60_000)
    expect(page.get_by_role("button", name="Stop the rest")).to_be_hidden(timeout=60_000)
    _picture(page, "many-results")


def _take(page: Page, path: str, name: str) -> None:
    page.goto(path)
    page.wait_for_timeout(500)
    _picture(page, name)


def _picture(page: Page, name: str) -> None:
    page.wait_for_load_state()  # a click returns when the next page has only begun
    page.screenshot(path=IMAGES / f"{name}.png")
    print(f"docs/images/{name}.png")


if __name__ == "__main__":
    main()
