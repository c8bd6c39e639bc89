"""All rows of a database, to see what a request changed."""

from typing import Any

from flask import Flask
from sqlalchemy import MetaData

from app.extensions import db

# (table, primary key) → the row.
Rows = dict[tuple[str, tuple], dict[str, Any]]


def all_rows(app: Flask, without: frozenset[str] = frozenset()) -> Rows:
    """Return every row of every table, but of these."""
    rows: Rows = {}
    with app.app_context():
        metadata: MetaData = db.metadata
        for table in metadata.sorted_tables:
            if table.name in without:
                continue
            keys = [column.name for column in table.primary_key]
            for found in db.session.execute(table.select()).mappings():
                rows[table.name, tuple(found[key] for key in keys)] = dict(found)
    return rows


def changed_columns(before: Rows, after: Rows) -> dict[tuple[str, tuple], set[str]]:
    """Return the columns that differ of every row that differs, is new or is gone."""
    differences = {}
    for key in before.keys() | after.keys():
        old, new = before.get(key, {}), after.get(key, {})
        if names := {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}:
            differences[key] = names
    return differences
