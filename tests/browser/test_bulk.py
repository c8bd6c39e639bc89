"""Many tasks at once in a real browser: the page and all that match, change of chosen fields, the results."""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import new_dataset

pytestmark = pytest.mark.browser

RUNS = 30


def thirty_drafts(page: Page) -> str:
    """Plan as many tasks as do not fit on a page; their dataset."""
    dataset = new_dataset()
    wish = {"source": "MC", "polarization": "UU", "description": "minbias", "energy": "27", "year": "2026"}
    wish |= {"run": f"1-{RUNS}", "dataset": dataset, "steps": "SIMULATION", "events": "1000000"}
    page.goto(f"/chains/new?{urlencode(wish)}")
    page.locator("#plan button[value=draft]").click()
    page.wait_for_url(lambda url: "/chains/new" not in url)
    return dataset


@pytest.mark.parametrize("scripts", [True, False])
def test_chosen_fields_of_all_that_match_are_changed(enter: Callable[..., Page], scripts: bool) -> None:
    page = enter(scripts=scripts)
    dataset = thirty_drafts(page)
    page.goto(f"/tasks?q={dataset}")
    expect(page.locator("#ticked")).to_be_hidden()
    page.get_by_label(f"All that match: {RUNS} tasks").check()

    page.locator("#ticked button[value=edit]").click()
    page.locator("#edit button[type=submit]").click()
    expect(page.locator(".problem-summary")).to_contain_text("Tick at least one field that is to be changed.")
    page.get_by_label("Change “Version”").check()
    page.locator("#field-version").fill("seven")
    page.locator("#field-campaign").fill("2026-not-ticked")
    page.locator("#edit button[type=submit]").click()
    expect(page.locator(".problem-summary li")).to_have_count(2)
    expect(page.locator(".problem-summary")).to_contain_text("tick the field as well, or empty it")
    expect(page.locator("#field-campaign")).to_have_value("2026-not-ticked")
    page.locator("#field-campaign").fill("")
    page.locator("#field-version").fill("7")
    page.locator("#edit button[type=submit]").click()
    expect(page.locator("form.order-form h2")).to_contain_text(f"{RUNS} tasks of {RUNS}")
    expect(page.locator("#bulk-items .bulk-new").first).to_contain_text(f"{dataset}.7")
    page.locator("form.order-form button[type=submit]").click()

    wait_for_the_end(page, scripts)
    expect(page.locator("#results-title")).to_contain_text(f"{RUNS} tasks of {RUNS}")
    expect(page.locator("#bulk-items .bulk-told .state-tick")).to_have_count(RUNS)
    page.locator("#bulk-run a", has_text="Back to the list").click()
    expect(page.locator(".list-count")).to_have_text(f"{RUNS} tasks")
    expect(page.locator("#task-list")).not_to_contain_text("2026-not-ticked")


def test_the_tick_of_the_page_ticks_its_rows_and_goes_with_one_of_them(enter: Callable[..., Page]) -> None:
    page = enter()
    dataset = thirty_drafts(page)
    page.goto(f"/tasks?q={dataset}")
    rows = page.locator("[data-rows] .tick")

    page.locator("#tick-page").check()
    expect(page.locator("[data-rows] .tick:checked")).to_have_count(25)
    rows.nth(3).uncheck()
    expect(page.locator("#tick-page")).not_to_be_checked()
    page.locator("#ticked button[value=delete]").click()

    expect(page.locator("form.order-form h2")).to_contain_text("24 tasks of 24")
    page.locator("form.order-form button[type=submit]").click()
    wait_for_the_end(page, scripts=True)
    page.goto(f"/tasks?q={dataset}")
    expect(page.locator(".list-count")).to_have_text("6 tasks")


def wait_for_the_end(page: Page, scripts: bool) -> None:
    """Wait until nothing goes on any more; without scripts by the link that looks again."""
    for _each in range(60):
        if not page.locator("#bulk-run form").count():
            return
        if scripts:
            page.wait_for_timeout(500)
        else:
            page.locator("#bulk-run a.no-js-only").click()
    expect(page.locator("#bulk-run form")).to_have_count(0)
