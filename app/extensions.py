"""The Flask extensions, created without an app, and the one way to write to the database."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from flask_babel import Babel
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import Connection, DateTime, Dialect, Engine, MetaData, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session, registry
from sqlalchemy.types import TypeDecorator

Row = TypeVar("Row")

# Ids are 32 bits wide in PostgreSQL.
LARGEST_ID = 2**31 - 1


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC by both databases (SQLite would drop the zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment: it has no meaning here."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC: PostgreSQL answers in the zone of its session."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Base of all tables. Constraints get fixed names, so that a later migration can drop them."""

    # The type map stands in a registry: on the class it breaks under Flask-SQLAlchemy (its issue 1361).
    registry = registry(type_annotation_map={datetime: UtcDateTime})
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)
migrate = Migrate()
login_manager = LoginManager()
csrf = CSRFProtect()
babel = Babel()

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


def find_row(table: type[Row], row_id: int) -> Row | None:
    """Return the row of this id. A number that no id can be finds nothing: the databases would refuse it."""
    return db.session.get(table, row_id) if 0 < row_id <= LARGEST_ID else None


# In the session: a unit is open.
_IN_UNIT = "write_unit"


@contextmanager
def write_unit() -> Iterator[Session]:
    """One transaction that writes: committed at the end, rolled back by an exception.

    A unit within another is part of it: the outer one commits, or nothing of either is there. What was read
    before in this session is let go first. On SQLite it begins IMMEDIATE: a transaction that first reads and
    then writes would fail at once when another process writes, whatever the timeout.
    """
    session = db.session()
    if session.info.get(_IN_UNIT):
        yield session
        return
    session.commit()
    session.connection(execution_options={"write_unit": True})
    session.info[_IN_UNIT] = True
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        del session.info[_IN_UNIT]


def insert_missing(session: Session, model: type[Any], **values: object) -> None:
    """Insert a row unless one with its key is there, which somebody else may be inserting just now."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(model).values(values).on_conflict_do_nothing())


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: object) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # SQLAlchemy's "begin" event below says BEGIN itself
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    is_write = connection.get_execution_options().get("write_unit", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")
