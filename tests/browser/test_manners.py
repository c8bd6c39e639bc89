"""What a page does by itself: it refreshes without disturbing and keeps its language."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import new_dataset, open_new_task

pytestmark = pytest.mark.browser

# What the line says of waiting tasks when there are many and the first waits long.
WAIT_LONGER = """(heartbeat) => { heartbeat.lastElementChild.previousElementSibling.textContent +=
    " 12345 · Oldest of them: 59 min ago"; }"""


def test_the_list_refreshes_without_losing_focus_or_place(enter: Callable[..., Page]) -> None:
    page = enter(width=700)
    page.set_viewport_size({"width": 700, "height": 250})
    name = open_new_task(page, new_dataset())
    page.goto("/tasks")
    row = page.locator("#task-list tbody tr", has_text=name)
    row.locator("a.name").focus()
    page.evaluate("window.scrollTo(0, 120)")
    before = page.evaluate("window.scrollY"), row.bounding_box()["y"]

    expect(row.locator(".state-tick")).to_be_visible(timeout=60_000)

    assert page.evaluate("document.activeElement.closest('tr')?.id") == row.get_attribute("id")
    assert (page.evaluate("window.scrollY"), row.bounding_box()["y"]) == before


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_task_that_waits_does_not_push_the_page(enter: Callable[..., Page], language: str) -> None:
    page = enter(language=language)
    heartbeat = page.locator("#heartbeat")
    for width in (375, 640, 700, 900, 1179, 1180, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/calls")
        height = heartbeat.bounding_box()["height"]

        heartbeat.evaluate(WAIT_LONGER)

        assert heartbeat.bounding_box()["height"] == height, width


def test_language_and_theme_stay_as_chosen(enter: Callable[..., Page]) -> None:
    page = enter("manager")

    page.locator("button[name=language][value=ru]").click()
    page.locator("button[name=theme][value=dark]").click()
    page.goto("/tasks")

    assert page.locator("html").get_attribute("lang") == "ru"
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    page.locator("button[name=language][value=en]").click()
    page.locator("button[name=theme][value=auto]").click()


def test_a_name_is_copied_whole(enter: Callable[..., Page]) -> None:
    page = enter()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    name = open_new_task(page, new_dataset(), action="draft")

    page.locator("h1 .copy-button").click()

    expect(page.locator("#said")).not_to_be_empty()
    assert page.evaluate("navigator.clipboard.readText()") == name


def test_html_in_a_filter_stays_text(enter: Callable[..., Page]) -> None:
    page = enter()

    page.goto("/tasks?q=<img src=x onerror=alert(1)>&f_run='><script>alert(2)</script>")

    expect(page.locator(".chips")).to_contain_text("onerror=alert(1)")


def test_sorting_and_filtering_stand_in_the_address(enter: Callable[..., Page]) -> None:
    page = enter()
    open_new_task(page, new_dataset(), action="draft")
    page.goto("/tasks")

    page.locator("thead th a").first.click()
    page.wait_for_url("**sort=name**")
    page.locator("#add-filter summary").click()
    page.locator("#filters input[name=state][value=draft]").check()
    page.locator("#filters .filter-apply button").click()
    page.wait_for_url("**state=draft**")

    assert "sort=name" in page.url
    expect(page.locator("#task-list tbody tr").first).to_be_visible()
    page.go_back()
    expect(page.locator("h1")).to_have_text("Tasks")
