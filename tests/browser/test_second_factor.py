"""The second factor in a real browser: set up, sign in with it, switch it off; without scripts too."""

import re
from collections.abc import Callable

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.product import Product

pytestmark = pytest.mark.browser

PAGE = "/profile/second-factor"


def next_code(page: Page, secret: str, used: list[str]) -> str:
    """Wait for a code that was not used yet: the service takes none twice."""
    while pyotp.TOTP(secret).now() in used:
        page.wait_for_timeout(500)
    used.append(pyotp.TOTP(secret).now())
    return used[-1]


def test_the_second_factor_from_setting_up_to_switching_off(
    enter: Callable[..., Page], open_page: Callable[..., Page], product: Product
) -> None:
    page, used = enter("admin", language="ru", width=375, theme="dark"), []
    page.goto(PAGE)
    assert violations(page) == []
    page.locator("main .panel form button").click()
    secret = re.sub(r"\s", "", page.locator("#totp-secret").inner_text())
    box = page.locator(".qr-code").bounding_box()
    assert box is not None
    assert 0 <= box["x"] <= 375 - box["width"]
    assert violations(page) == []
    page.locator("[name=code]").fill(next_code(page, secret, used))
    page.locator("#confirm-form .btn-primary").click()
    codes = page.locator("#recovery-codes code")
    expect(codes).to_have_count(10)
    recovery = codes.first.inner_text()
    assert violations(page) == []
    with page.expect_download() as download:
        page.locator("a[download]").click()
    assert recovery in download.value.path().read_text()

    # Without scripts, with the recovery code.
    other = open_page(scripts=False, width=375)
    other.goto("/profile/sessions")
    other.locator("[name=username]").fill("admin")
    other.locator("[name=password]").fill(product.passwords["admin"])
    other.locator("main form .btn-primary").click()
    other.wait_for_url("**/sign-in/code**")
    other.locator("[name=code]").fill("000000")
    other.locator("main form .btn-primary").click()
    expect(other.locator("#errors-code")).to_be_visible()
    other.locator("[name=code]").fill(recovery)
    other.locator("main form .btn-primary").click()
    other.wait_for_url("**/profile/sessions")
    expect(other.locator("tr[id^=session-]")).to_have_count(2)
    assert other.evaluate("document.documentElement.scrollWidth") <= 375

    page.goto("/profile/sessions")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.goto(PAGE)
    assert violations(page) == []
    page.locator("main .form-end .btn-danger").click()
    expect(page.locator("#confirm-off")).to_be_visible()
    assert violations(page) == []
    page.locator("#confirm-off .btn-danger").click()
    expect(page.locator("main .panel form button")).to_have_count(1)
