"""Orders in a real browser: kill with a reason, pause, resume; what is ticked or typed stays."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.product import Product, running_product
from tests.browser.steps import new_dataset, open_new_task, wait_for_state

pytestmark = pytest.mark.browser

# So many jobs take long enough for somebody to act on them.
LONG = {"events": 10_000_000, "jobs": 10_000}


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product whose tasks take their time."""
    instance = tmp_path_factory.mktemp("slow") / "instance"
    with running_product(instance, SIMULATOR_TIME_SCALE="2") as product:
        yield product


def order(page: Page, kind: str, comment: str = "") -> None:
    """Press a button of the task's page and what asks back."""
    page.locator(f"[popovertarget=confirm-{kind}]").first.click()
    form = page.locator(f"#confirm-{kind}")
    form.locator("textarea").fill(comment)
    form.locator("button[type=submit]").click()


def order_line(page: Page) -> str:
    return page.locator("#task-orders li").first.inner_text()


def test_a_task_is_killed_with_a_reason(enter: Callable[..., Page]) -> None:
    page = enter()
    open_new_task(page, new_dataset(), **LONG)
    wait_for_state(page, "dots")

    order(page, "kill", "wrong geometry")
    wait_for_state(page, "barred-disc")

    expect(page.locator("#task-orders li .state-tick")).to_be_visible(timeout=60_000)
    expect(page.locator("#task-orders")).to_contain_text("wrong geometry")
    expect(page.locator("#task-state .state")).to_contain_text("aborted", timeout=60_000)


def test_a_task_is_paused_and_resumed(enter: Callable[..., Page]) -> None:
    page = enter()
    open_new_task(page, new_dataset(), **LONG)
    wait_for_state(page, "play")

    order(page, "pause")
    wait_for_state(page, "bars")
    order(page, "resume")

    wait_for_state(page, "play")
    expect(page.locator("#task-orders li")).to_have_count(2)
    expect(page.locator("#task-orders li").first).to_contain_text("resume")


def test_what_is_typed_outlasts_the_polls(enter: Callable[..., Page]) -> None:
    page = enter()
    open_new_task(page, new_dataset(), **LONG)
    wait_for_state(page, "dots")
    page.locator("[popovertarget=confirm-kill]").first.click()
    page.locator("#confirm-kill textarea").fill("half a sen")
    page.locator("#confirm-kill p").first.click()

    wait_for_state(page, "play")

    expect(page.locator("#confirm-kill textarea")).to_be_visible()
    expect(page.locator("#confirm-kill textarea")).to_have_value("half a sen")


def wait_until_sent(page: Page) -> None:
    """Read the list again until no task of it waits to be sent: without scripts it does not by itself."""
    waiting = page.locator("#task-list .state-arrow-up")
    for _ in range(60):
        if not waiting.count():
            return
        page.wait_for_timeout(500)
        page.reload()
    expect(waiting).to_have_count(0)


@pytest.mark.parametrize("scripts", [True, False])
def test_ticked_tasks_are_killed_together(enter: Callable[..., Page], scripts: bool) -> None:
    page = enter(scripts=scripts)
    names = [open_new_task(page, new_dataset(), **LONG) for _ in "12"]
    page.goto("/tasks")
    rows = [page.locator("#task-list tbody tr", has_text=name) for name in names]
    wait_until_sent(page)
    expect(page.locator("#ticked")).to_be_hidden()
    for row in rows:
        row.locator("input.tick").check()
    if scripts:  # the list is read again meanwhile
        with page.expect_response(lambda answer: "revision=" in answer.url and answer.status == 200):
            pass

    expect(page.locator("input.tick:checked")).to_have_count(2)
    page.locator("#ticked button[value=kill]").click()
    expect(page.locator("#bulk-items tbody")).to_contain_text(names[0])
    expect(page.locator("#bulk-items tbody tr")).to_have_count(2)
    page.locator("textarea").fill("not needed")
    page.locator("form.order-form button[type=submit]").click()

    expect(page.locator("#results-title")).to_contain_text("2")
    expect(page.locator("#bulk-items .bulk-told .state-tick")).to_have_count(2)
