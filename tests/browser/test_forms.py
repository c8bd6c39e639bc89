"""A form while it is put right, when the session ends over it, and when another language is chosen."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.product import Product
from tests.browser.steps import fill_name, new_dataset, post_task

pytestmark = pytest.mark.browser


def test_a_field_that_is_put_right_is_no_longer_marked(enter: Callable[..., Page]) -> None:
    page = enter()
    page.goto("/tasks/new")
    fill_name(page, new_dataset())
    for name in ("description", "run"):
        page.locator(f"[name={name}]").fill("")
    page.locator("main form .form-end button[value=continue]").click()
    expect(page.locator(".problem-summary li")).to_have_count(2)

    page.locator("[name=description]").fill("minbias")

    expect(page.locator(".problem-summary li")).to_have_count(1)
    expect(page.locator(".problem-summary h2")).to_have_text("Still to put right")
    expect(page.locator("[name=description][aria-invalid], #problems-description")).to_have_count(0)
    page.locator("[name=run]").fill("59")
    expect(page.locator(".problem-summary, .field-wrong")).to_have_count(0)


def test_a_session_that_ends_leaves_the_form_as_it_is(enter: Callable[..., Page], product: Product) -> None:
    page = enter()
    page.goto("/tasks/new")
    name = fill_name(page, new_dataset())
    expect(page.locator("#name-card")).to_contain_text("The name is free")
    page.context.clear_cookies()

    page.locator("[name=version]").fill("2")

    note = page.locator("#connection [data-when=ended]")
    expect(note).to_be_visible()
    assert page.locator("[name=run]").input_value() in name
    with page.context.expect_page() as opened:
        note.locator("a").click()
    other = opened.value
    other.locator("input[name=username]").fill("physicist")
    other.locator("input[name=password]").fill(product.passwords["physicist"])
    other.locator("main form button").click()
    other.wait_for_url("**/tasks")
    other.close()
    expect(note).to_be_hidden(timeout=15_000)
    page.locator("main form .form-end button[value=continue]").click()
    page.wait_for_url("**/tasks/new/size**")


def test_another_language_keeps_what_is_typed_but_no_password(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto("/register")
    page.locator("[name=first_name]").fill("Anna")
    page.locator("[name=password]").fill("not to be kept anywhere")
    token = page.locator("main [name=csrf_token]").input_value()
    page.route("**/preferences", lambda route: route.fulfill(status=204))
    page.locator("button[name=language][value=ru]").click()
    on_its_way = page.evaluate("sessionStorage.getItem('typed')")
    assert "Anna" in on_its_way
    assert not {part for part in ("not to be kept", token) if part in on_its_way}
    page.unroute("**/preferences")

    page.locator("button[name=language][value=ru]").click()

    expect(page.locator("html")).to_have_attribute("lang", "ru")
    expect(page.locator("[name=first_name]")).to_have_value("Anna")
    expect(page.locator("[name=password]")).to_have_value("")
    assert page.evaluate("sessionStorage.getItem('typed')") is None


def test_another_theme_keeps_the_name_with_its_preview(enter: Callable[..., Page]) -> None:
    page = enter()
    page.goto("/tasks/new")
    name = fill_name(page, new_dataset())

    page.locator("button[name=theme][value=dark]").click()

    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(page.locator("[name=data_type]")).to_have_value("SIMULATION")
    expect(page.locator("#name-card")).to_contain_text("The name is free")
    expect(page.locator("#name-card [data-copy]")).to_have_attribute("data-copy", name)


def test_nothing_typed_comes_back_over_what_somebody_else_has_saved(enter: Callable[..., Page]) -> None:
    page = enter()
    _, path = post_task(page, new_dataset(), "draft")
    other = page.context.new_page()
    for each in (page, other):
        each.goto(f"{path}/edit")
    page.locator("[name=jobs]").fill("7")
    other.locator("[name=jobs]").fill("5")
    other.locator("main form .form-end button[value=save]").click()
    other.wait_for_url(f"**{path}")

    page.locator("button[name=theme][value=dark]").click()

    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(page.locator("[name=jobs]")).to_have_value("5")
