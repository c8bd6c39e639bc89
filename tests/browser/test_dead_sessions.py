"""A stolen cookie is dead at once in every process of the web server."""

import re

import pytest
import requests

from tests.browser.product import Product

pytestmark = pytest.mark.browser

TIMEOUT_SECONDS = 15


@pytest.fixture
def enter_plainly(product: Product):
    """enter_plainly() → a session of requests, signed in as the demo's manager."""

    def enter() -> requests.Session:
        browser = requests.Session()
        send(browser, product, "/sign-in", username="manager", password=product.passwords["manager"])
        assert is_signed_in(browser, product)
        return browser

    return enter


def send(
    browser: requests.Session, product: Product, path: str, page: str = "/sign-in", **fields: str
) -> None:
    text = browser.get(f"{product.url}{page}", timeout=TIMEOUT_SECONDS).text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)[1]
    answer = browser.post(
        f"{product.url}{path}",
        data={"csrf_token": token, **fields},
        allow_redirects=False,
        timeout=TIMEOUT_SECONDS,
    )
    assert answer.status_code == 303


def is_signed_in(browser: requests.Session, product: Product) -> bool:
    """Ask on a new connection, so that any of the processes may answer."""
    answer = requests.get(
        f"{product.url}/tasks", cookies=browser.cookies, allow_redirects=False, timeout=TIMEOUT_SECONDS
    )
    return answer.status_code == 200


@pytest.mark.parametrize("path", ["/sign-out", "/profile/sessions/end-others"])
def test_a_copied_cookie_is_dead_within_a_second(product: Product, enter_plainly, path: str) -> None:
    browser, other = enter_plainly(), enter_plainly()
    victim = browser if path == "/sign-out" else other
    stolen = requests.Session()
    stolen.cookies.update(victim.cookies)
    assert all(is_signed_in(stolen, product) for _ in range(6))

    send(browser, product, path, page="/tasks")
    answers = [is_signed_in(stolen, product) for _ in range(12)]

    assert not any(answers)
