"""Sign in through an identity provider on another address, in a real browser; link it to an account."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Watch
from tests.browser.product import Product, running_product
from tests.iam.conftest import running_provider  # noqa: F401  a fixture
from tests.iam.provider import CLIENT_ID, CLIENT_SECRET, Provider

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("product") / "instance"


@pytest.fixture(scope="module")
def product(instance: Path, running_provider: Provider) -> Iterator[Product]:  # noqa: F811
    """A product of its own that knows the provider."""
    secret = instance.with_name("client_secret")
    secret.write_text(CLIENT_SECRET)
    settings = {
        "SPD_IAM_ISSUER": running_provider.url,
        "SPD_IAM_CLIENT_ID": CLIENT_ID,
        "SPD_IAM_CLIENT_SECRET_FILE": str(secret),
    }
    with running_product(instance, **settings) as product:
        running_provider.redirect_uris = [f"{product.url}/iam/callback"]
        yield product


@pytest.fixture(autouse=True)
def only_the_provider_beside_us(watch: Watch, running_provider: Provider) -> Iterator[None]:  # noqa: F811
    """Let the browser go to the provider, and nowhere else."""
    yield
    watch.other_hosts = [url for url in watch.other_hosts if not url.startswith(running_provider.url)]


def press(page: Page, person: str) -> None:
    page.get_by_role("button", name=person, exact=True).click()


@pytest.mark.parametrize(
    ("language", "width", "theme", "scripts"),
    [
        ("en", 1280, "light", True),
        ("ru", 375, "dark", False),
    ],
)
def test_a_physicist_comes_in_where_they_wanted_and_leaves(
    open_page: Callable[..., Page], language: str, width: int, theme: str, scripts: bool
) -> None:
    page = open_page(language=language, width=width, theme=theme, scripts=scripts)
    page.goto("/calls")
    button = page.locator("#by-provider a")
    expect(button).to_have_text({"en": "Sign in with spd-iam", "ru": "Войти через spd-iam"}[language])

    button.click()
    press(page, "physicist")

    page.wait_for_url("**/calls")
    if width < 600:
        page.locator(".bar-fold").click()
    page.locator("form[action='/sign-out'] button").click()
    page.wait_for_url("**/iam/signed-out")
    page.locator("main a.btn-primary").click()
    page.wait_for_url("**/sign-in")
    page.goto("/calls")
    assert "/sign-in" in page.url


def test_an_account_is_linked_in_one_go(enter: Callable[..., Page]) -> None:
    page = enter("manager", language="ru")
    page.goto("/profile/identities")
    assert violations(page) == []

    page.locator("main form button").click()
    press(page, "manager")

    page.wait_for_url("**/profile/identities")
    expect(page.locator("main dl.facts")).to_contain_text("spd/production")
    assert violations(page) == []
    page.locator("main form button").click()
    expect(page.locator("main dl.facts")).to_have_count(0)


def test_a_refusal_is_a_plain_page(open_page: Callable[..., Page]) -> None:
    page = open_page(language="ru", width=375, theme="dark")

    page.goto("/iam/callback?code=made-up&state=made-up")

    expect(page.locator("h1")).to_have_text("Вход через spd-iam отклонён")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.goto("/sign-in")
    assert violations(page) == []


def test_no_log_of_the_programs_holds_a_secret(
    open_page: Callable[..., Page],
    instance: Path,
    running_provider: Provider,  # noqa: F811
) -> None:
    page = open_page()
    page.goto("/iam/sign-in?next=/tasks")
    press(page, "stranger")
    page.wait_for_url("**/tasks")

    said = instance.with_suffix(".log").read_text()
    said += "".join(path.read_text() for path in (instance / "logs").glob("*"))

    assert "GET /iam/callback 303" in said
    assert {secret for secret in running_provider.secrets if secret in said} == set()
