"""What axe finds about a page as it stands, in both themes."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

THEMES = ("light", "dark")
# All rules of axe that look at colours and run unless they are asked not to: its tag cat.color.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]

# The rest that axe could tell is not looked at, and takes time.
RUN = """async (rules) => {
    const options = { resultTypes: ["violations"], ...(rules && { runOnly: rules }) };
    const { violations } = await axe.run(document, options);
    return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, html }) => `${id}: ${target} ${html.slice(0, 120)}`));
}"""
# All that a page is but for its colours: its elements, their words and attributes, places and sizes.
SHAPE = """() => document.body.outerHTML + [...document.querySelectorAll("body *")].map((element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return [x, y, width, height, getComputedStyle(element).visibility];
}).join(";")"""


def violations(page: Page, rules: list[str] | None = None) -> list[str]:
    """Return what these rules find about the page, all rules unless they are given."""
    if not page.evaluate("'axe' in window"):  # it stays until another page is loaded
        page.evaluate(AXE_SCRIPT)
    return page.evaluate(RUN, rules)


def violations_in_both_themes(page: Page) -> list[str]:
    """Return what all rules find in the one theme and in the other, after the theme's name.

    The rules that do not look at colours find the same in the second theme, where only colours have changed.
    """
    found, seen = [], None
    page.wait_for_load_state()  # a click that leads to another page returns when that has only begun
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        page.wait_for_function("theme => document.documentElement?.dataset.bsTheme === theme", arg=theme)
        shape = page.evaluate(SHAPE)
        rules = COLOUR_RULES if shape == seen else None
        found += [f"{theme}: {violation}" for violation in violations(page, rules)]
        seen = shape
    return found
