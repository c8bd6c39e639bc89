"""A real Chromium before the running product. What it must never do is checked after every test."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.product import Product, running_product

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# Much less than what a proof of identity is good for: pages that want one have to be the ones that are meant.
SESSION_SECONDS = 300
COUNT_VIOLATIONS = """
    window.violations = [];
    document.addEventListener("securitypolicyviolation",
        (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


@dataclass
class Watch:
    """What must stay empty: CSP reports, requests to other hosts, errors of scripts, dialogs."""

    violations: list[str] = field(default_factory=list)
    other_hosts: list[str] = field(default_factory=list)
    script_errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def follow(self, page: Page, host: str) -> None:
        page.add_init_script(COUNT_VIOLATIONS)
        page.on("request", lambda request: self._look_at(request.url, host))
        page.on("pageerror", lambda error: self.script_errors.append(str(error)))
        page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        page.on("console", lambda message: self._read(message.text))

    def _look_at(self, url: str, host: str) -> None:
        if urlsplit(url).netloc not in (host, "") and not url.startswith("data:"):
            self.other_hosts.append(url)

    def _read(self, text: str) -> None:
        if "Content Security Policy" in text:
            self.violations.append(text)


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The product, started once for all browser tests."""
    with running_product(tmp_path_factory.mktemp("product") / "instance") as product:
        yield product


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def watch() -> Iterator[Watch]:
    watch = Watch()
    yield watch
    assert watch == Watch(), watch


@pytest.fixture
def open_page(browser: Browser, product: Product, watch: Watch) -> Iterator[Callable[..., Page]]:
    """open_page(language="en", width=1280, theme="light", scripts=True) → a page nobody is signed in on."""
    contexts: list[BrowserContext] = []

    def open_one(language: str = "en", width: int = 1280, theme: str = "light", scripts: bool = True) -> Page:
        context = browser.new_context(
            base_url=product.url,
            locale=language,
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        watch.follow(page, urlsplit(product.url).netloc)
        return page

    yield open_one
    for context in contexts:
        for page in context.pages:
            watch.violations += page.evaluate("window.violations ?? []")
        context.close()


@dataclass(frozen=True)
class Session:
    """The cookies of somebody who has signed in, and when, by a clock that only goes forward."""

    cookies: list
    began_at: float


@pytest.fixture(scope="session")
def sessions() -> dict[tuple[str, str], Session]:
    """The newest session of each person, by the product's address and their name."""
    return {}


@pytest.fixture
def enter(
    open_page: Callable[..., Page], product: Product, sessions: dict[tuple[str, str], Session]
) -> Iterator[Callable[..., Page]]:
    """enter("physicist", **as open_page) → the list of tasks, on a page on which that person is signed in.

    A session that was begun not long ago serves again, unless a test has ended it.
    Language and theme are forgotten at the end: who comes next has those of their browser.
    """

    def open_list(who: str = "physicist", **wanted: object) -> Page:
        page = open_page(**wanted)
        session = sessions.get((product.url, who))
        if session and time.monotonic() - session.began_at < SESSION_SECONDS:
            page.context.add_cookies(session.cookies)
        page.goto("/tasks")
        if urlsplit(page.url).path == "/sign-in":
            _sign_in(page, who, product.passwords[who])
            sessions[product.url, who] = Session(page.context.cookies(), time.monotonic())
        return page

    yield open_list
    forget_preferences(product.instance)


def _sign_in(page: Page, who: str, password: str) -> None:
    page.locator("input[name=username]").fill(who)
    page.locator("input[name=password]").fill(password)
    page.locator("main form button").click()
    page.wait_for_url(lambda url: urlsplit(url).path == "/tasks")


def forget_preferences(instance: Path) -> None:
    """Have nobody prefer a language or a theme."""
    with closing(sqlite3.connect(instance / "spd.sqlite", timeout=15)) as connection, connection:
        connection.execute('UPDATE "user" SET language = NULL, theme = NULL')
