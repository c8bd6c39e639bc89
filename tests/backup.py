"""A backup of a whole database as rows, and its way back: the same on SQLite and PostgreSQL."""

from typing import Any

from flask import Flask
from sqlalchemy import Column, Table, func, insert, select, text
from sqlalchemy.orm import Session

from app.extensions import db, write_unit
from tests.shared_apps import empty_database

Backup = dict[str, list[dict[str, Any]]]
# A backup has its rows in no order: a task may come before the one that it extends. For one transaction.
_UNCHECKED = {
    "sqlite": "PRAGMA defer_foreign_keys = ON",
    "postgresql": "SET LOCAL session_replication_role = replica",
}


def make_backup(app: Flask) -> Backup:
    """Return every row of every table."""
    with app.app_context():
        return {
            table.name: [dict(row) for row in db.session.execute(select(table)).mappings()]
            for table in db.metadata.sorted_tables
        }


def restore(app: Flask, backup: Backup) -> None:
    """Have the database as it was when the backup was made."""
    empty_database(app)
    with app.app_context(), write_unit() as session:
        session.execute(text(_UNCHECKED[db.engine.dialect.name]))
        for table in db.metadata.sorted_tables:
            if backup[table.name]:
                session.execute(insert(table), backup[table.name])
            if db.engine.dialect.name == "postgresql" and isinstance(table.c.get("id"), Column):
                _count_on(session, table)


def _count_on(session: Session, table: Table) -> None:
    """Have the next row of the table get an id that none has, as a real backup does."""
    sequence = session.scalar(select(func.pg_get_serial_sequence(f'"{table.name}"', "id")))
    if sequence:
        highest = select(func.coalesce(func.max(table.c.id), 0) + 1).scalar_subquery()
        session.execute(select(func.setval(sequence, highest, False)))
