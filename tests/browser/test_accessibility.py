"""axe finds nothing on any page, in both themes and at both widths; no page is wider than its window."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.steps import create_task, new_dataset

pytestmark = pytest.mark.browser

FILLED = (
    "year=2031&source=Data&energy=45&polarization=UU&description=min bias&run=59&data_type=SIMULATION"
    "&dataset=my.name&version=1"
)
SIZE = (
    "year=2026&source=MC&energy=27&polarization=UU&description=minbias&run=59&data_type=SIMULATION"
    "&dataset=axe.size&version=1&events=10&jobs=10"
)


# The rest that axe could tell is not looked at, and takes time.
VIOLATIONS = {"resultTypes": ["violations"]}
THEMES = ("light", "dark")
WIDTHS = (375, 1280)


@pytest.mark.parametrize(("width", "language"), [(1280, "en"), (375, "ru")])
def test_axe_finds_nothing_and_no_page_is_wider_than_the_window(
    enter: Callable[..., Page], open_page: Callable[..., Page], width: int, language: str
) -> None:
    page = enter("admin", width=width, language=language)
    create_task(page, new_dataset(), action="draft")
    draft = page.url.rpartition("/")[2]
    create_task(page, new_dataset())
    sent = page.url.rpartition("/")[2]
    paths = [
        "/tasks", "/tasks?state=nothing", "/tasks/new", f"/tasks/new?{FILLED}", f"/tasks/new/size?{SIZE}",
        f"/tasks/{draft}", f"/tasks/{draft}/edit", f"/tasks/{sent}", "/calls", "/calls?q=nothing+like+this",
        "/calls/1", "/tasks/999999", "/profile", "/profile/password", "/profile/email",
        "/profile/second-factor", "/profile/sessions", "/prove", "/people", "/people?q=nothing", "/people/1",
        "/people/3", "/people/events",
    ]  # fmt: skip

    found = {path: _violations(page, path) for path in paths}
    stranger = open_page(width=width, language=language)
    open_to_all = ("/sign-in", "/register", "/forgotten", "/link/confirm")
    found |= {path: _violations(stranger, path) for path in open_to_all}

    assert not {path: violations for path, violations in found.items() if violations}


def _violations(page: Page, path: str) -> list[str]:
    """Return what axe finds on a page, and the widths it does not keep to.

    It is loaded once; the system then changes its colours, and somebody the size of the window.
    """
    page.goto(path)
    found = []
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        page.wait_for_function("theme => document.documentElement.dataset.bsTheme === theme", arg=theme)
        found += [
            f"{theme}: {violation['id']}: {node['target']} {node['html'][:120]}"
            for violation in Axe().run(page, options=VIOLATIONS).response["violations"]
            for node in violation["nodes"]
        ]
    return found + _too_wide(page)


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
