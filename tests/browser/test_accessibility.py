"""axe finds nothing on any page, in both themes and at both widths; no page is wider than its window."""

from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from app.domain.task_table import Format
from app.domain.task_text import write
from tests.browser.axe import violations_in_both_themes
from tests.browser.steps import (
    check_table,
    label_task,
    new_dataset,
    open_new_task,
    plan_chain,
    save_preset,
    save_view,
    write_comment,
)
from tests.build_table import NAMES, row

pytestmark = pytest.mark.browser

FILLED = (
    "year=2031&source=Data&energy=45&polarization=UU&description=min bias&run=59&data_type=SIMULATION"
    "&dataset=my.name&version=1"
)
SIZE = (
    "year=2026&source=MC&energy=27&polarization=UU&description=minbias&run=59&data_type=SIMULATION"
    "&dataset=axe.size&version=1&events=10&jobs=10"
)

WIDTHS = (375, 1280)


TASKS = (
    "/tasks", "/tasks?state=nothing&creator=@me&updated=7d&chain=x&q=no.such,1", "/views",
    "/tasks/import", "/presets", "/tasks/new", f"/tasks/new?{FILLED}", f"/tasks/new/size?{SIZE}",
    "/tasks/{draft}", "/tasks/{draft}/edit", "/tasks/{sent}", "/tasks/999999",
    "/tasks/{draft}/labels", "/tasks/{draft}/history", "/tasks/compare?a={draft}&b={sent}",
    "/tasks/compare?a={draft}&b=no.such.name", "/comments/{comment}/edit",
    "/calls", "/calls?q=nothing+like+this", "/calls/1", "/approval", "/chains/new?extend={sent}&year=2026",
    "/chains/new?after={sent}&steps=RECO&year=2026",
)  # fmt: skip
PLAN = "year=2026&source=MC&polarization=UU&description=minbias&run=59-60&dataset=axe&events=1000000"
CHAINS = (
    "/recipes",
    "/chains",
    "/chains/new",
    f"/chains/new?{PLAN}&energy=27",
    f"/chains/new?{PLAN}&energy=40,a+b",
)
PEOPLE = (
    "/profile", "/profile/password", "/profile/email", "/profile/second-factor", "/profile/sessions",
    "/prove", "/people", "/people?q=nothing", "/people/1", "/people/3", "/people/events",
)  # fmt: skip
OPEN_TO_ALL = ("/sign-in", "/register", "/forgotten", "/link/confirm")
each_look = pytest.mark.parametrize(("width", "language"), [(1280, "en"), (375, "ru")])


@each_look
def test_axe_finds_nothing_about_tasks(enter: Callable[..., Page], width: int, language: str) -> None:
    page = enter("admin", width=width, language=language)
    open_new_task(page, new_dataset(), action="draft")
    draft = page.url.rpartition("/")[2]
    comment = write_comment(page, f"{'x' * 3900} @admin https://example.org/{'y' * 30}")
    label_task(page, tags="urgent, mc", campaign="2026-spring", request="SPDPROD-1")
    open_new_task(page, new_dataset())
    sent = page.url.rpartition("/")[2]

    page.goto("/tasks?state=draft&state=done&f_run=59-70")
    save_view(page, new_dataset(), shared=True)

    known = {"draft": draft, "sent": sent, "comment": comment}
    assert_nothing_is_found(page, [path.format_map(known) for path in TASKS])


@each_look
def test_axe_finds_nothing_about_chains(enter: Callable[..., Page], width: int, language: str) -> None:
    page = enter("admin", width=width, language=language)
    plan_chain(page, new_dataset())

    assert_nothing_is_found(page, (*CHAINS, urlsplit(page.url).path))


@each_look
def test_axe_finds_nothing_about_tables_of_tasks(
    enter: Callable[..., Page], width: int, language: str
) -> None:
    page = enter("physicist", width=width, language=language)
    rows = [row(energy="x" * 300, parent="y" * 300), row(energy="40"), row(run="60", tags="mc")]

    for text in (write(rows, NAMES, Format.CSV), write(rows[2:], NAMES, Format.YAML)):
        check_table(page, text)
        assert _found_as_it_stands(page) == []
    page.locator("#field-table").fill("yeer")
    page.locator("#import-text button[value=check]").click()
    page.locator(".problem-summary").wait_for()
    assert _found_as_it_stands(page) == []


@each_look
def test_axe_finds_nothing_about_presets(enter: Callable[..., Page], width: int, language: str) -> None:
    page = enter("physicist", width=width, language=language)
    page.goto(f"/tasks/new?{FILLED}")
    save_preset(page, new_dataset())
    page.locator(".message-success").wait_for()

    assert _found_as_it_stands(page) == []
    page.locator("#preset-save summary").click()
    assert _found_as_it_stands(page) == []
    assert_nothing_is_found(page, ["/presets", f"/chains/new?{PLAN}&energy=27", "/recipes"])
    page.goto("/tasks/new?energy=27")
    save_preset(page, "")
    page.locator("form.view-form").wait_for()
    assert _found_as_it_stands(page) == []


@each_look
def test_axe_finds_nothing_in_what_opens_above_the_list(
    enter: Callable[..., Page], width: int, language: str
) -> None:
    page = enter("manager", width=width, language=language)
    page.goto("/tasks?f_run=59-70&state=done")
    save_view(page, new_dataset())

    for opened in ("#add-filter", "#paste", "#views", "#keys-help"):
        page.locator(f"{opened} summary, {opened} > button").first.click()
        assert _found_as_it_stands(page) == [], opened


@each_look
def test_axe_finds_nothing_about_many_tasks(enter: Callable[..., Page], width: int, language: str) -> None:
    page = enter("admin", width=width, language=language)
    dataset = new_dataset()
    open_new_task(page, dataset, action="draft")
    steps = (
        "#ticked button[value=edit]", "#edit button[type=submit]", "#edit button[type=submit]",
        "form.order-form button[type=submit]",
    )  # fmt: skip

    page.goto(f"/tasks?q={dataset}")
    page.locator("#tick-page").check()
    for number, button in enumerate(steps):
        assert _found_as_it_stands(page) == [], button
        if number == 2:
            page.locator("input[name=change_version]").check()
            page.locator("#field-version").fill("7")
        with page.expect_navigation():
            page.locator(button).click()
    assert _found_as_it_stands(page) == []
    assert_nothing_is_found(page, ["/bulk"])


@each_look
def test_axe_finds_nothing_about_people(enter: Callable[..., Page], width: int, language: str) -> None:
    assert_nothing_is_found(enter("admin", width=width, language=language), PEOPLE)


@each_look
def test_axe_finds_nothing_at_the_door(open_page: Callable[..., Page], width: int, language: str) -> None:
    assert_nothing_is_found(open_page(width=width, language=language), OPEN_TO_ALL)


def assert_nothing_is_found(page: Page, paths: Iterable[str]) -> None:
    found = {path: _violations(page, path) for path in paths}
    assert not {path: violations for path, violations in found.items() if violations}


def _violations(page: Page, path: str) -> list[str]:
    """Return what axe finds on a page, and the widths it does not keep to.

    It is loaded once; the system then changes its colours, and somebody the size of the window.
    """
    page.goto(path)
    return _found_as_it_stands(page)


def _found_as_it_stands(page: Page) -> list[str]:
    return violations_in_both_themes(page) + _too_wide(page)


def _too_wide(page: Page) -> list[str]:
    before = page.viewport_size
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        actual = page.evaluate("document.documentElement.scrollWidth")
        if actual > width:
            found.append(f"{actual} px wide in a window of {width} px")
    page.set_viewport_size(before)
    return found
