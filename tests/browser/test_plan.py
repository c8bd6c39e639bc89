"""The planner in a real browser: from a sample to all its tasks, and a chain that runs by itself."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import fill_sample, new_dataset, open_new_task, plan_chain

pytestmark = pytest.mark.browser

THREE_BY_TWO = {"energy": "10, 13.5, 27", "polarizations": ("UU", "LL")}


def test_three_energies_in_two_polarizations_are_24_tasks(enter: Callable[..., Page]) -> None:
    page = enter()
    fill_sample(page, new_dataset(), **THREE_BY_TWO)
    expect(page.locator("#plan-title")).to_have_text("24 tasks would be made")

    page.locator("#plan button[value=draft]").click()

    page.wait_for_url("**/chains")
    expect(page.locator(".message-success")).to_have_text("24 drafts are made.")


def test_what_follows_is_seen_at_once_and_the_cursor_stays(enter: Callable[..., Page]) -> None:
    page = enter()
    fill_sample(page, new_dataset())
    expect(page.locator("#plan-title")).to_have_text("4 tasks would be made")
    events = page.locator("input.form-control[name$='-events']")

    events.nth(1).fill("500000")
    events.nth(1).press("Tab")

    expect(events.nth(3)).to_have_value("500000")
    expect(events.nth(0)).to_have_value("1000000")
    expect(page.locator("input.form-control[name$='-jobs']").nth(1)).to_be_focused()
    expect(page.locator("input.form-control[name$='-jobs']").nth(1)).to_have_value("500")


def test_the_next_step_of_a_task_is_planned_from_its_page(enter: Callable[..., Page]) -> None:
    page = enter()
    name = open_new_task(page, new_dataset(), action="draft")
    page.get_by_role("link", name="Add the next step").click()
    expect(page.locator("#following")).to_contain_text(name)
    expect(page.locator("#plan-title")).to_have_text("1 task would be made")

    page.locator("[name=steps]").select_option("RECO-AOD")
    expect(page.locator("#plan-title")).to_have_text("2 tasks would be made")
    page.locator("#plan button[value=draft]").click()

    expect(page.locator(".chain-board li")).to_have_count(3)


def test_a_plan_needs_no_scripts(enter: Callable[..., Page]) -> None:
    page = enter(scripts=False, language="ru", width=375)
    fill_sample(page, new_dataset())
    page.locator("#plan-form button.no-js-only").first.click()

    expect(page.locator("#plan-title")).to_have_text("Будет создано 4 задачи")
    page.locator("#plan button[value=draft]").click()

    expect(page.locator(".chain-board li")).to_have_count(4)


def test_a_chain_runs_to_its_end_with_nobody_touching_it(enter: Callable[..., Page]) -> None:
    page = enter()

    plan_chain(page, new_dataset())

    expect(page.locator(".chain-board .state-tick")).to_have_count(4, timeout=120_000)
