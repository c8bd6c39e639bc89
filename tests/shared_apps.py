"""One application for many tests, with an empty database for each.

A new application compiles all its SQL again, which takes longer than most tests. What is settled while an
application is built needs one of its own: mark such tests `own_app`.
"""

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from flask import Flask

from app import create_app
from app.extensions import db
from tests.databases import close_database
from tests.used_tables import empty_tables

# Each POST carries a token in the real service; tests of it make an app with it switched on.
TEST_SETTINGS = {"TESTING": True, "WTF_CSRF_ENABLED": False, "SECONDS_TO_UNDO": 0}


class SharedApps:
    """An application and a database for each kind, lent to one test after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._apps: dict[str, tuple[Flask, dict]] = {}

    def lend(self, kind: str, make_database: Callable[[], str]) -> Flask:
        """Return the application as it was at first."""
        if kind not in self._apps:
            wanted = {"INSTANCE": self._folder / kind, "DATABASE_URL": make_database(), **TEST_SETTINGS}
            app = create_app(wanted)
            self._apps[kind] = app, dict(app.config)
        return self._apps[kind][0]

    def take_back(self, kind: str) -> None:
        """Undo what a test did to its application."""
        app, at_first = self._apps[kind]
        app.config.clear()
        app.config.update(at_first)
        app.extensions.pop("iam", None)  # made of the settings when it is needed first
        empty_database(app)

    def close(self) -> None:
        for app, _ in self._apps.values():
            close_database(app)


def own_folders(app: Flask, folder: Path) -> None:
    """Give a test an instance folder of its own."""
    instance = folder / "instance"
    instance.mkdir(mode=0o700, exist_ok=True)
    app.instance_path = str(instance)
    app.config.update(
        INSTANCE=str(instance), LOG_FOLDER=str(instance / "logs"), SENT_JOURNAL=str(instance / "sent.journal")
    )


def needs_an_app_of_its_own(settings: Mapping[str, Any]) -> bool:
    """Say whether one of the settings is read while the application is built."""
    return not set(settings) <= READ_LATER


# Settings of tests that are read when they are needed, and not before.
READ_LATER = {
    "PANDA_URL", "PANDA_TOKEN_FILE", "PANDA_TOKEN_URL", "PANDA_USER_NAME", "PANDA_COMMAND_SECONDS",
    "PANDA_QUERY_SECONDS", "PANDA_CONNECT_SECONDS", "DELIVER_RETRY_SECONDS", "DELIVER_RETRY_MAX_SECONDS",
    "RECONCILE_QUIET_MINUTES", "RECONCILE_PASS_MINUTES", "RECONCILE_ID_WINDOW", "LIST_PAGE_SIZE",
    "REFRESH_PROGRESS_SECONDS", "RECONCILE_PASSES", "COUNT_LIMIT", "MAIL_SERVER", "MAIL_PORT",
    "MAIL_SECURITY", "ALARM_MAIL_TO", "METRICS_TOKEN_FILE", "SENT_JOURNAL", "SUBMISSIONS_PER_MINUTE",
    "SECONDS_TO_UNDO", "UNANSWERED_SENDS_LIMIT", "UNANSWERED_REST_SECONDS", "DUPLICATE_WATCH_DAYS",
    "IAM_ISSUER", "IAM_CLIENT_ID", "IAM_CLIENT_SECRET_FILE", "IAM_SECONDS", "IAM_CA_BUNDLE", "PUBLIC_URL",
}  # fmt: skip


def empty_database(app: Flask) -> None:
    """Delete every row; numbers begin at 1 again."""
    with app.app_context(), closing(db.engine.raw_connection()) as connection:
        cursor = connection.cursor()
        if db.engine.dialect.name == "sqlite":
            cursor.execute("BEGIN IMMEDIATE")
        empty_tables(cursor)
        connection.commit()
