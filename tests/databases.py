"""Databases for tests: quick copies of one migrated database of each kind."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from flask import Flask
from psycopg import sql
from sqlalchemy import Engine, event

from app.cli import MIGRATIONS, migrate_to_head
from app.extensions import db, migrate
from tests.postgresql import PostgresqlServer

KINDS = ("sqlite", "postgresql")


@event.listens_for(Engine, "connect")
def _reverse(connection: Any, _record: object) -> None:
    """Have SQLite turn round the order of rows that nobody sorts: PostgreSQL promises none either."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA reverse_unordered_selects = ON")


class SqliteDatabases:
    """Copies of one migrated SQLite file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()
        self._template = folder / "template.sqlite"
        migrate_database(f"sqlite:///{self._template}")
        with closing(sqlite3.connect(self._template)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def make(self, *, migrated: bool = True) -> str:
        """Return the address of a new database: migrated to head, or empty."""
        path = self._folder / f"{next(self._numbers)}.sqlite"
        if migrated:
            shutil.copyfile(self._template, path)
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        """Remove a database and what SQLite keeps beside it."""
        for path in self._folder.glob(f"{Path(url).name}*"):
            path.unlink()


class PostgresqlDatabases:
    """Copies of one migrated PostgreSQL database. A used one is emptied and used again: ten times faster."""

    def __init__(self, server: PostgresqlServer) -> None:
        self._server = server
        self._numbers = count()
        self._empty: list[str] = []
        self._create("template_spd", "template0")
        migrate_database(server.url("template_spd"))

    def make(self, *, migrated: bool = True) -> str:
        """Return the address of a new database: migrated to head, or empty."""
        if migrated and self._empty:
            return self._server.url(self._empty.pop())
        name = f"test_{next(self._numbers)}"
        self._create(name, "template_spd" if migrated else "template0")
        return self._server.url(name)

    def drop(self, url: str) -> None:
        """Let go of a database, whoever is still connected."""
        name = url.partition("@/")[2].partition("?")[0]
        if self._server.make_empty(name, revision=_head()):
            self._empty.append(name)
        else:
            statement = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            self._server.execute(statement.format(sql.Identifier(name)))

    def _create(self, name: str, template: str) -> None:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._server.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))


def _head() -> str | None:
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def migrate_database(url: str) -> None:
    """Bring a database to the newest revision."""
    with bare_app(url) as app, app.app_context():
        migrate_to_head()


@contextmanager
def bare_app(url: str) -> Iterator[Flask]:
    """Give an app that has nothing but the database, for migrations."""
    app = Flask("bare")
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db.init_app(app)
    migrate.init_app(app, db)
    try:
        yield app
    finally:
        close_database(app)


def close_database(app: Flask) -> None:
    """Let go of every connection of an app: an open one is a ResourceWarning, and so an error."""
    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


@contextmanager
def counted_statements(app: Flask) -> Iterator[list[str]]:
    """Collect the SQL statements that are run inside."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        found.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)
