"""Find tasks in a real browser: filters added and kept, a view saved and opened, a pasted list, the keys."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import new_dataset, post_task, save_view

pytestmark = pytest.mark.browser


def three_drafts(page: Page) -> tuple[str, list[str]]:
    """Make three drafts of one dataset; return the dataset and their names, newest first."""
    dataset = new_dataset()
    return dataset, [post_task(page, f"{dataset}.{number}", action="draft")[0] for number in (1, 2, 3)][::-1]


def add_filter(page: Page, name: str, value: str) -> None:
    page.locator("#add-filter > summary").click()
    page.locator("#filter-field").select_option(name)
    page.locator("#filter-value").fill(value)
    page.locator("#filters .filter-apply button").click()
    page.wait_for_load_state()


def rows(page: Page):
    return page.locator("#task-list tbody tr")


@pytest.mark.parametrize(("scripts", "width", "language"), [(True, 1280, "en"), (False, 375, "ru")])
def test_a_view_is_saved_and_opened_after_a_reload(
    enter: Callable[..., Page], scripts: bool, width: int, language: str
) -> None:
    page = enter(scripts=scripts, width=width, language=language)
    dataset, names = three_drafts(page)
    page.goto("/tasks")
    page.locator("#filter-text").fill(dataset)
    page.locator("#filters > button").click()
    add_filter(page, "f_run", "50-60")
    add_filter(page, "f_dataset", f"{dataset}.1, {dataset}.3")
    expect(rows(page)).to_have_count(2)

    save_view(page, dataset)
    page.reload()
    expect(rows(page)).to_have_count(2)
    page.goto("/tasks?all=1")
    page.locator("#views > summary").click()
    page.locator("#views").get_by_role("link", name=dataset, exact=True).click()

    expect(rows(page)).to_have_count(2)
    expect(rows(page).first).to_contain_text(names[0].split(".")[2])
    expect(page.locator(".chips .chip")).to_have_count(4)
    page.locator(".chips .chip a").last.click()
    expect(rows(page)).to_have_count(1)
    page.go_back()
    expect(rows(page)).to_have_count(2)


def test_a_pasted_list_shows_its_tasks_and_what_is_not_found(enter: Callable[..., Page]) -> None:
    page = enter()
    _dataset, names = three_drafts(page)
    page.goto("/tasks")

    page.locator("#paste > summary").click()
    page.locator("#paste-text").fill("\n".join([*names[:2], "no.such.name"]))
    page.locator("#paste button").click()

    expect(rows(page)).to_have_count(2)
    page.locator("#missing summary").click()
    expect(page.locator("#missing li")).to_have_text("no.such.name")


def focused_row(page: Page) -> str:
    return page.evaluate("document.activeElement.closest('tr')?.id ?? ''")


def test_the_keys_move_tick_open_search_and_help(enter: Callable[..., Page]) -> None:
    page = enter()
    dataset, _names = three_drafts(page)
    page.goto(f"/tasks?q={dataset}")
    places = [row.get_attribute("id") for row in rows(page).all()]
    visited = []

    for key in ("j", "j", "k", "x", "j", "j", "j", "k", "k", "k"):
        page.keyboard.press(key)
        visited.append(focused_row(page))

    assert [places.index(place) for place in visited] == [0, 1, 0, 0, 1, 2, 2, 1, 0, 0]
    expect(page.locator("input.tick:checked")).to_have_count(1)
    expect(rows(page).first.locator("input.tick")).to_be_checked()
    assert page.evaluate("getComputedStyle(document.activeElement.closest('tr')).outlineStyle") == "solid"
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("jkx?/")
    expect(page.locator("#filter-text")).to_have_value("jkx?/")
    expect(page.locator("#keys")).to_be_hidden()
    expect(page.locator("input.tick:checked")).to_have_count(1)
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/tasks/\d+$"))


def test_the_keys_work_where_the_layout_is_russian(enter: Callable[..., Page]) -> None:
    page = enter(language="ru")
    dataset, _names = three_drafts(page)
    page.goto(f"/tasks?q={dataset}")
    press = """([key, code]) => document.activeElement.dispatchEvent(
        new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true }))"""

    for key in (["о", "KeyJ"], ["о", "KeyJ"], ["л", "KeyK"], ["ч", "KeyX"]):
        page.evaluate(press, key)

    assert focused_row(page) == rows(page).first.get_attribute("id")
    expect(rows(page).first.locator("input.tick")).to_be_checked()
    page.evaluate(press, [".", "Slash"])
    assert page.evaluate("document.activeElement.id") == "filter-text"


def test_the_keys_can_be_switched_off(enter: Callable[..., Page]) -> None:
    page = enter()
    dataset, _names = three_drafts(page)
    page.goto(f"/tasks?q={dataset}")

    page.locator("#keys-help > button").click()
    page.locator("button[name=keys][value=off]").click()
    page.wait_for_url(f"**q={dataset}")
    page.keyboard.press("j")
    while_off = focused_row(page)
    page.locator("#keys-help > button").click()
    page.locator("button[name=keys][value=on]").click()
    page.wait_for_url(f"**q={dataset}")
    page.keyboard.press("Control+j")
    with_control = focused_row(page)
    page.keyboard.press("j")

    assert (while_off, with_control) == ("", "")
    assert focused_row(page) == rows(page).first.get_attribute("id")


def test_after_an_order_on_ticked_tasks_the_same_list_is_shown(enter: Callable[..., Page]) -> None:
    page = enter()
    dataset, _names = three_drafts(page)
    page.goto(f"/tasks?q={dataset}&state=draft&state=done")
    page.locator("thead th a").first.click()
    page.wait_for_url("**sort=name**")
    there = page.url

    rows(page).first.locator("input.tick").check()
    page.locator("#ticked button[value=kill]").click()
    page.locator("main a", has_text="Go to the tasks").click()
    page.wait_for_url(there)
    page.locator("button[name=language][value=ru]").click()

    page.wait_for_url(there)
    assert page.locator("html").get_attribute("lang") == "ru"
    page.locator("button[name=language][value=en]").click()
