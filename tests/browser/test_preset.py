"""Presets in a real browser: saved from one form, filled into another; what is typed wins."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import description_of, fill_name, new_dataset, save_preset

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripts", [True, False])
def test_a_preset_fills_a_form_in(enter: Callable[..., Page], scripts: bool) -> None:
    page = enter(scripts=scripts)
    name = new_dataset()
    page.goto("/tasks/new")
    fill_name(page, name)
    save_preset(page, name)
    expect(page.locator("[name=version]")).to_have_value("1")

    page.goto("/tasks/new")
    page.locator("[name=energy]").fill("10")
    page.locator("#field-preset").select_option(label=name)
    page.locator("#preset-use button").click()

    expect(page.locator("[name=description]")).to_have_value(description_of(name))
    expect(page.locator("[name=energy]")).to_have_value("10")
    expect(page.locator("[name=version]")).to_have_value("")

    page.goto("/chains/new")
    page.locator("#field-preset").select_option(label=name)
    page.locator("#preset-use button").click()
    expect(page.locator("[name=dataset]")).to_have_value(name)
    expect(page.locator("input[type=checkbox][value=UU]")).to_be_checked()
