"""How migrations run: one transaction, safe for full tables on SQLite and on PostgreSQL.

SQLite cannot alter a table: Alembic's batch mode makes a new one, copies the rows and drops the old one.
With foreign keys on, the drop deletes the rows of every child table (ON DELETE CASCADE). They are therefore
off while the migration runs, and all references are checked before the commit.
"""

import contextlib
from collections.abc import Iterator
from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import Connection

from app.extensions import UtcDateTime, db

# Any number will do, as long as nothing else of ours takes the same advisory lock.
MIGRATION_LOCK = 20_241_001


class BrokenReferences(Exception):
    """Rows point to rows that are not there; the migration was rolled back."""


def main() -> None:
    if context.is_offline_mode():
        _write_sql()
    else:
        with _connection() as connection:
            _migrate(connection)


def _write_sql() -> None:
    """Print the SQL instead of running it (`flask db upgrade --sql`), for a database administrator."""
    context.configure(url=db.engine.url, literal_binds=True, **_options())
    with context.begin_transaction():
        context.run_migrations()


def _migrate(connection: Connection) -> None:
    # Without transactional_ddl Alembic commits each statement on SQLite: a crash would leave half a table.
    context.configure(connection=connection, transactional_ddl=True, **_options())
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            _check_references(connection)


@contextlib.contextmanager
def _connection() -> Iterator[Connection]:
    """Give a connection with foreign keys off on SQLite, where the pragma is ignored inside a transaction.

    A write unit begins IMMEDIATE: of two processes that migrate, the second waits and finds the work done.
    """
    with db.engine.connect().execution_options(write_unit=True) as connection:
        if connection.dialect.name != "sqlite":
            yield connection
            return
        driver: Any = connection.connection.dbapi_connection
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            yield connection
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


def _check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        rows = ", ".join(f"{table} row {row} → {parent}" for table, row, parent, _ in broken[:10])
        message = f"{len(broken)} references would be broken: {rows}"
        raise BrokenReferences(message)


def _options() -> dict[str, Any]:
    options = dict(current_app.extensions["migrate"].configure_args)
    return {
        **options,
        "target_metadata": db.metadata,
        "render_as_batch": True,
        "compare_type": True,
        "render_item": _render_item,
    }


def _render_item(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Write our own column type as the plain one under it: a migration must not import the application."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


main()
