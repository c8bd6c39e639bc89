"""Fixtures for all tests. Every test gets a database of its own; most run on SQLite and on PostgreSQL."""

import gc
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.domain.permission import Role
from app.domain.sign_in import Method, Visitor
from app.domain.task_state import TaskState
from app.extensions import db
from app.models import Task, User
from app.services.accounts import NewAccount, make_account
from app.services.sessions import begin_session
from tests import canaries, network_guard
from tests.build_task import build_task
from tests.databases import KINDS, PostgresqlDatabases, SqliteDatabases, close_database
from tests.postgresql import PostgresqlServer, in_memory, postgresql_server
from tests.shared_apps import TEST_SETTINGS, SharedApps, needs_an_app_of_its_own, own_folders

ROOT = Path(__file__).parent.parent
PASSWORD = canaries.watch("a password", "a password of tests", always=True)
# Marks of tests that take minutes.
LONG = {"crash", "faults"}
VISITOR = Visitor("127.0.0.1", "Werkzeug/tests")
Row = TypeVar("Row", User, Task)


def pytest_configure(config: pytest.Config) -> None:
    network_guard.install()
    if not hasattr(config, "workerinput"):  # once, not in every worker of xdist
        _compile_translations()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the tests that take minutes, spread over the workers: else the last is waited for alone."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    long = [item for item in items if LONG & {mark.name for mark in item.iter_markers()}]
    chosen = set(long)
    rest = [item for item in items if item not in chosen]
    share = -(-len(items) // workers)
    shares = [long[number::workers] for number in range(workers)]
    items[:] = []
    for mine in shares:
        room = share - len(mine)
        items += mine + rest[:room]
        rest = rest[room:]
    items += rest


def pytest_collection_finish() -> None:
    """Look for garbage less often, and never among what stays: that takes a tenth of the time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _compile_translations() -> None:
    for catalog in (ROOT / "app/translations").glob("*/LC_MESSAGES/messages.po"):
        compiled = catalog.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < catalog.stat().st_mtime:
            command = [
                sys.executable,
                "-m",
                "babel.messages.frontend",
                "compile",
                "-i",
                catalog,
                "-o",
                compiled,
            ]
            subprocess.run(command, check=True, capture_output=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what this process has looked through to the one that counts."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["canaries"] = canaries.checked


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add up what a process has looked through."""
    canaries.add(getattr(node, "workeroutput", {}).get("canaries", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much was looked through for secrets, and how the attack set of tests/iam went, a case each."""
    terminalreporter.write_line(canaries.summary())
    counts = {
        outcome: sum("test_an_attack_is_refused[" in report.nodeid for report in reports)
        for outcome, reports in terminalreporter.stats.items()
        if outcome in {"passed", "failed"}
    }
    tried = sum(counts.values())
    if tried:
        terminalreporter.write_line(f"OIDC attacks: {counts.get('passed', 0)} of {tried} refused")


@pytest.fixture(autouse=True)
def _no_secret_in_a_log(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.node.get_closest_marker("shows_secrets"):
        yield
        return
    with canaries.reading_logs():
        yield


@pytest.fixture(autouse=True)
def _only_this_machine() -> Iterator[None]:
    network_guard.forget_attempts()
    yield
    tried = network_guard.forget_attempts()
    assert not tried, f"connections to other machines were tried: {tried}"


@pytest.fixture(scope="session")
def sqlite_databases() -> Iterator[SqliteDatabases]:
    """Makes SQLite databases: make(migrated=True) → address, drop(address)."""
    with tempfile.TemporaryDirectory(prefix="spd-sqlite-", dir=in_memory()) as folder:
        yield SqliteDatabases(Path(folder))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """Run a PostgreSQL server, started by the first test that asks for it. A missing one is a failure."""
    with postgresql_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_databases(postgresql: PostgresqlServer) -> PostgresqlDatabases:
    """Makes PostgreSQL databases: make(migrated=True) → address, drop(address)."""
    return PostgresqlDatabases(postgresql)


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Run the test on both; parametrize("database_kind", ["sqlite"]) keeps a test to one of them."""
    return request.param


@pytest.fixture
def databases(database_kind: str, request: pytest.FixtureRequest) -> SqliteDatabases | PostgresqlDatabases:
    """Makes databases of the kind under test."""
    return request.getfixturevalue(f"{database_kind}_databases")


@pytest.fixture
def database_url(databases: SqliteDatabases | PostgresqlDatabases) -> Iterator[str]:
    """Address of a migrated database of the test's own, that no application uses."""
    url = databases.make()
    yield url
    databases.drop(url)


@pytest.fixture
def settings() -> dict:
    """Settings that differ from config.py; a test or module overrides this fixture to add its own."""
    return {}


@pytest.fixture(scope="session")
def shared_apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedApps]:
    """The applications that tests share."""
    apps = SharedApps(tmp_path_factory.mktemp("apps"))
    yield apps
    apps.close()


@pytest.fixture
def app(
    request: pytest.FixtureRequest,
    shared_apps: SharedApps,
    database_kind: str,
    databases: SqliteDatabases | PostgresqlDatabases,
    tmp_path: Path,
    settings: dict,
) -> Iterator[Flask]:
    """The application on an empty database, without a pushed context: each request makes its own."""
    if request.node.get_closest_marker("own_app") or needs_an_app_of_its_own(settings):
        url = databases.make()
        app = create_app(
            {"INSTANCE": tmp_path / "instance", "DATABASE_URL": url, **TEST_SETTINGS, **settings}
        )
        app.test_client_class = canaries.Browser
        yield app
        canaries.check_tables(app)
        close_database(app)
        databases.drop(url)
    else:
        app = shared_apps.lend(database_kind, databases.make)
        own_folders(app, tmp_path)
        app.config.update(settings)
        app.test_client_class = canaries.Browser
        yield app
        try:
            canaries.check_tables(app)
        finally:
            shared_apps.take_back(database_kind)


@pytest.fixture
def app_context(app: Flask) -> Iterator[Flask]:
    """The application with a pushed context, for tests of services. Not together with `client`: a request
    inside a pushed context would share its session and its `g`."""
    with app.app_context():
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that nobody has signed in with."""
    return app.test_client()


@pytest.fixture
def now() -> datetime:
    """Return the present moment: pass it wherever `now` is asked for."""
    return datetime.now(UTC)


def loose(row: Row) -> Row:
    """Return a row that can be read without a session: its columns as they are now."""
    db.session.refresh(row)
    db.session.expunge(row)
    return row


@pytest.fixture
def make_user(app: Flask) -> Callable[..., User]:
    """make_user(role="physicist", username=None) → User, with the password PASSWORD."""
    numbers = count(1)

    def make(role: str = "physicist", username: str | None = None) -> User:
        username = username or f"{role}{next(numbers)}"
        account = NewAccount(username, "Test", role.title(), f"{username}@example.org", PASSWORD)
        with app.app_context():
            return loose(make_account(account, Role(role), datetime.now(UTC)))

    return make


@pytest.fixture
def sign_in_by_form(app: Flask, make_user: Callable[..., User]) -> Callable[..., FlaskClient]:
    """As sign_in, but by the page itself: the browser is known then, and there is an event."""

    def sign(who: str | User = "physicist") -> FlaskClient:
        user = make_user(who) if isinstance(who, str) else who
        browser = app.test_client()
        answer = browser.post("/sign-in", data={"username": user.username, "password": PASSWORD})
        assert answer.status_code == 303, f"{user.username} could not sign in: {answer.status_code}"
        browser.user = user
        return browser

    return sign


@pytest.fixture
def sign_in(app: Flask, make_user: Callable[..., User]) -> Callable[..., FlaskClient]:
    """sign_in("physicist") or sign_in(user) → a browser of somebody of that role, or of that person.

    The browser's `user` is who it is signed in as. The session is begun without the page, which takes longer.
    """

    def sign(who: str | User = "physicist") -> FlaskClient:
        user = make_user(who) if isinstance(who, str) else who
        browser = app.test_client()
        with app.app_context():
            token = begin_session(user, Method.PASSWORD, VISITOR, datetime.now(UTC))
        canaries.watch("the token of a session", token)
        with browser.session_transaction() as cookie:
            cookie.update(_user_id=token, _fresh=True)
            cookie.permanent = True
        browser.user = user
        return browser

    return sign


@pytest.fixture
def make_task(app: Flask, make_user: Callable[..., User]) -> Callable[..., Task]:
    """make_task(state="draft", creator=None, **wanted) → Task in this state; wanted: see build_task.

    Built through the services, one step after the other, as in real life.
    """

    def make(state: str = "draft", creator: User | None = None, **wanted: object) -> Task:
        user = creator or make_user("physicist")
        with app.app_context():
            return loose(build_task(user, TaskState(state), datetime.now(UTC), **wanted))

    return make


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser for Playwright's executable_path. A missing one is a failure, never a skip.

    Debian builds it a second time without a user interface, which takes a third less of the processor.
    """
    path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if path is None:
        raise FileNotFoundError("Chromium is not installed; run: apt-get install chromium-headless-shell")
    return path
