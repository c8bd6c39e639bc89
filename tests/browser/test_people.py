"""What people call themselves never becomes a part of the page, and admins read it without scripts too."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.product import Product

pytestmark = pytest.mark.browser

# Each would open a dialog, load from elsewhere or break the page if it were taken for markup.
NAMES = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    '"><svg onload=alert(3)>',
    "' onfocus=alert(4) autofocus x='",
    "</title></textarea><script>alert(5)</script>",
    "{{7*7}}${7*7}<iframe src=javascript:alert(6)>",
    "</td></tr></table><form action=//evil.example>",
    "javascript:alert(7)",
]


def register(page: Page, number: int, first: str, last: str) -> str:
    """Register as somebody of this name and return the username."""
    username = f"naughty{number}"
    page.context.clear_cookies()
    page.goto("/register")
    typed = {"username": username, "first_name": first, "last_name": last, "email": f"{username}@example.org"}
    for name, value in typed.items():
        page.locator(f"input[name={name}]").fill(value)
    for name in ("password", "password_again"):
        page.locator(f"input[name={name}]").fill("kettle drum violet 84 sparrow")
    page.locator("main form button[type=submit]").click()
    return username


def test_names_that_look_like_markup_are_words(
    open_page: Callable[..., Page], enter: Callable[..., Page], product: Product
) -> None:
    page = open_page()
    names = {
        register(page, number, first, last): (first, last)
        for number, (first, last) in enumerate(zip(NAMES[::2], NAMES[1::2], strict=True))
    }

    admin = enter("admin")
    admin.goto("/people?q=naughty")
    expect(admin.locator("tbody tr")).to_have_count(len(names))
    for username, name in names.items():
        admin.goto("/people?q=naughty")
        admin.locator("tbody a", has_text=username).click()
        expect(admin.locator("h1")).to_have_text(" ".join(name))
    admin.goto("/people/events")
    expect(admin.locator("tbody tr").first).to_be_visible()


def test_an_admin_disables_and_enables_without_scripts(enter: Callable[..., Page]) -> None:
    page = enter("admin", scripts=False, width=375, language="ru")
    page.goto("/people?q=manager")
    page.locator("tbody a", has_text="manager").first.click()

    page.locator("[name=reason]").fill("проверка")
    page.locator("#person-access .btn-danger").click()
    expect(page.locator("#messages")).to_contain_text("отключена")
    expect(page.locator("#person-facts")).to_contain_text("проверка")
    page.locator("#person-access form[action$=enable] button").click()

    expect(page.locator("#messages")).to_contain_text("включена")
