"""How axe is asked: what is wrong in either theme is found, with what was left out in the second one."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.axe import COLOUR_RULES, violations, violations_in_both_themes

pytestmark = pytest.mark.browser

# Styles are set by a script: the policy of the page takes none from its text.
PLANT = """([html, styles]) => {
    document.querySelector("main").insertAdjacentHTML("beforeend", html);
    for (const [id, style] of Object.entries(styles)) document.getElementById(id).style.cssText = style;
}"""
SHOW_IN_THE_DARK = """() => matchMedia("(prefers-color-scheme: dark)").addEventListener("change",
    (event) => { document.getElementById("planted").hidden = !event.matches; })"""
RULES_OF_COLOUR = """() => axe._audit.rules
    .filter(({ enabled, tags }) => enabled && tags.includes("cat.color")).map(({ id }) => id)"""
WORDS = '<p id="planted">Some words and <a id="link" href="/sign-in">a link</a> among them.</p>'
PLAIN = "color: light-dark(#000, #fff); background: light-dark(#fff, #000);"


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """A page about which nothing else is found."""
    page = open_page()
    page.goto("/sign-in")
    return page


@pytest.mark.parametrize(
    ("html", "styles", "found"),
    [
        ('<img id="planted" src="/static/favicon.svg">', {}, "light: image-alt"),
        ("<h5>Too deep</h5>", {}, "light: heading-order"),
        (WORDS, {"planted": f"{PLAIN} color: light-dark(#ccc, #fff)"}, "light: color-contrast"),
        (WORDS, {"planted": f"{PLAIN} color: light-dark(#000, #333)"}, "dark: color-contrast"),
        (
            WORDS,
            {"planted": PLAIN, "link": "color: light-dark(#333, #888); text-decoration: none"},
            "light: link-in-text-block",
        ),
        (
            WORDS,
            {"planted": PLAIN, "link": "color: light-dark(#767676, #ccc); text-decoration: none"},
            "dark: link-in-text-block",
        ),
    ],
    ids=["picture", "heading", "light words", "dark words", "light link", "dark link"],
)
def test_what_is_wrong_is_found_in_its_theme(
    page: Page, html: str, styles: dict[str, str], found: str
) -> None:
    page.evaluate(PLANT, [html, styles])

    assert _themes_and_rules(page) == {found}


def test_what_only_the_second_theme_shows_is_found(page: Page) -> None:
    page.evaluate(PLANT, ['<img id="planted" src="/static/favicon.svg" hidden>', {}])
    page.evaluate(SHOW_IN_THE_DARK)

    assert _themes_and_rules(page) == {"dark: image-alt"}


def test_all_rules_of_colour_are_asked_in_the_second_theme(page: Page) -> None:
    violations(page)

    assert sorted(page.evaluate(RULES_OF_COLOUR)) == COLOUR_RULES


def _themes_and_rules(page: Page) -> set[str]:
    return {": ".join(found.split(": ")[:2]) for found in violations_in_both_themes(page)}
