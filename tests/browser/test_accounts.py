"""From registering to a new password, by the links in the mails that the demo writes into files."""

import itertools
import re
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.product import Product

pytestmark = pytest.mark.browser

NUMBERS = itertools.count(1)
FIRST, SECOND = "a password of tests", "another one of tests"
MAIL_SECONDS = 30
BUTTON = "main form .form-end button[type=submit]"


def wait_for_link(product: Product, address: str, page: str) -> str:
    """Return the path of the link to this page in the newest mail to an address; mail takes some seconds."""
    until = time.monotonic() + MAIL_SECONDS
    while time.monotonic() < until:
        for path in sorted((product.instance / "mail").glob("*.eml"), reverse=True):
            found = _link_in(path, address, page)
            if found:
                return found
        time.sleep(0.2)
    message = f"no mail to {address} came within {MAIL_SECONDS} s"
    raise TimeoutError(message)


def _link_in(path: Path, address: str, page: str) -> str | None:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = message.get_body(("plain",))
    found = re.search(rf"http://[^/\s]+(/link/{page}\?token=[\w-]+)", body.get_content() if body else "")
    return found[1] if found and message["To"] == address else None


def fill(page: Page, **typed: str) -> None:
    """Fill in the form of the page and send it."""
    for name, value in typed.items():
        page.locator(f"main [name={name}]").fill(value)
    page.locator(BUTTON).click()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_from_registering_to_a_new_password(
    open_page: Callable[..., Page], product: Product, scripts: bool, language: str
):
    page, username = open_page(language=language, scripts=scripts), f"newcomer{next(NUMBERS)}"
    address = f"{username}@example.org"

    page.goto("/sign-in")
    page.locator("main a[href='/register']").click()
    passwords = {"password": FIRST, "password_again": FIRST}
    fill(page, username=username, first_name="Новый", last_name="Newcomer", email=address, **passwords)
    page.wait_for_url("**/register/waiting")
    expect(page.locator("main")).to_contain_text(address)

    page.goto(wait_for_link(product, address, "confirm"))
    expect(page.locator("main")).to_contain_text(username)
    page.locator(BUTTON).click()
    page.wait_for_url("**/sign-in")
    fill(page, username=username, password=FIRST)
    page.wait_for_url("**/tasks")
    page.goto("/profile")
    page.locator(".bar-person button").click()
    page.wait_for_url("**/sign-in")

    page.locator("main a[href='/forgotten']").click()
    fill(page, email=address)
    page.wait_for_url("**/forgotten/sent")
    page.goto(wait_for_link(product, address, "password"))
    fill(page, password=SECOND, password_again=SECOND)
    page.wait_for_url("**/sign-in")
    fill(page, username=address, password=SECOND)
    page.wait_for_url("**/tasks")
    expect(page.locator(".bar-person-name")).to_contain_text(username)
