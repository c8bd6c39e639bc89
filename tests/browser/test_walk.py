"""From the form to a finished task, in a real browser, in both languages, with and without scripts."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import create_task, fill_name, new_dataset, wait_for_state

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("language", "done"), [("en", "done"), ("ru", "выполнена")])
def test_a_physicist_takes_a_task_from_the_form_to_its_end(
    enter: Callable[..., Page], language: str, done: str
) -> None:
    page = enter("physicist", language=language)

    name = create_task(page, new_dataset())
    wait_for_state(page, "tick")

    assert page.locator("html").get_attribute("lang") == language
    expect(page.locator("h1")).to_have_text(name)
    expect(page.locator("#task-state .state")).to_contain_text(re.compile(done, re.IGNORECASE))


def test_the_name_grows_while_it_is_typed(enter: Callable[..., Page]) -> None:
    page = enter()
    page.goto("/tasks/new")

    name = fill_name(page, new_dataset())

    expect(page.locator("#name-card .name")).to_have_text(name)
    expect(page.locator("#name-card .card-good")).to_be_visible()


def test_a_click_mends_what_cannot_stand_in_a_name(enter: Callable[..., Page]) -> None:
    page = enter()
    page.goto("/tasks/new")
    fill_name(page, new_dataset())
    page.locator("[name=description]").fill("min bias")

    page.locator("#name-card button[name=mend]").click()

    expect(page.locator("[name=description]")).to_have_value("min_bias")


def test_the_size_card_says_how_many_jobs_there_will_be(enter: Callable[..., Page]) -> None:
    page = enter()
    page.goto("/tasks/new")
    fill_name(page, new_dataset())
    page.locator("main form .form-end button[value=continue]").click()

    page.locator("[name=events]").fill("1000")
    page.locator("[name=jobs]").fill("7")

    expect(page.locator("#size-card .card-figures dd").last).to_have_text("7")
    page.locator("[name=jobs]").fill("600")
    expect(page.locator("#size-card .card-figures dd").last).to_have_text("500")


@pytest.mark.parametrize(
    ("scripts", "language", "width"), [(False, "en", 1280), (False, "ru", 375), (True, "ru", 375)]
)
def test_a_task_can_be_made_anywhere(
    enter: Callable[..., Page], scripts: bool, language: str, width: int
) -> None:
    page = enter(scripts=scripts, language=language, width=width)

    name = create_task(page, new_dataset())

    expect(page.locator("h1")).to_have_text(name)
    page.goto(f"/tasks?q={name}")
    expect(page.locator("#task-list tbody tr")).to_have_count(1)


def test_signing_out_ends_the_session_of_a_copied_cookie(enter: Callable[..., Page]) -> None:
    page = enter()
    cookies = page.context.cookies()

    page.locator("form[action='/sign-out'] button").click()
    page.wait_for_url("**/sign-in")
    page.context.add_cookies(cookies)
    page.goto("/tasks")

    assert "/sign-in" in page.url
