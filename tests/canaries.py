"""Secrets that tests use: none of them may turn up in an answer, in a row, or in a line of the log.

The fixtures of tests/conftest.py look after every test. tests/browser/test_canaries.py does the same with the
real programs, and there also in mails and on command lines.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.test import TestResponse

from app.extensions import db
from tests.used_tables import used_tables

# What a test uses is watched until its end; what all use, always.
_always: dict[str, str] = {}
_in_this_test: dict[str, str] = {}
_found: list[str] = []
checked = {"answers": 0, "tables": 0, "lines of logs": 0, "mails": 0, "databases that did not answer": 0}


def watch(name: str, secret: str, *, always: bool = False) -> str:
    """Look out for a secret from now on; return it."""
    (_always if always else _in_this_test)[secret] = name
    return secret


def found_in(text: str) -> list[str]:
    """Return the names of the secrets that stand in a text."""
    return [
        name for secrets in (_always, _in_this_test) for secret, name in secrets.items() if secret in text
    ]


def add(counts: dict[str, int]) -> None:
    """Add what another process has looked through."""
    for name, number in counts.items():
        checked[name] += number


def summary() -> str:
    """Say how much was looked through; a secret that is found fails its test."""
    return "looked for secrets in " + ", ".join(f"{number} {name}" for name, number in checked.items())


def look_at(kind: str, text: str) -> None:
    """Look for secrets in a text; the test fails at its end when there is one."""
    checked[kind] += 1
    _found.extend(f"{name} in {kind}: {text[:200]}" for name in found_in(text))


class Browser(FlaskClient):
    """A client that reads every answer."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        answer = super().open(*args, **kwargs)
        if not answer.request.path.startswith("/static/"):
            checked["answers"] += 1
            found = found_in(answer.get_data(as_text=True))
            assert not found, f"{answer.request.method} {answer.request.path} shows {found}"
        return answer


class _Reader(logging.Handler):
    """Reads every line of the log."""

    def emit(self, record: logging.LogRecord) -> None:
        look_at("lines of logs", self.format(record))


@contextmanager
def reading_logs() -> Iterator[None]:
    """Read all that is logged; fail at the end when a secret stood in it."""
    reader, root = _Reader(), logging.getLogger()
    _in_this_test.clear()
    _found.clear()
    root.addHandler(reader)
    try:
        yield
    finally:
        root.removeHandler(reader)
    assert not _found, _found


def check_tables(app: Flask) -> None:
    """Fail when a secret stands in a table. A database that a test has broken has nothing to show."""
    with app.app_context():
        try:
            _check_tables_of_this_app()
        except (SQLAlchemyError, sqlite3.Error, psycopg.Error):
            checked["databases that did not answer"] += 1  # in the line at the end: these were not looked at


def _check_tables_of_this_app() -> None:
    with closing(db.engine.raw_connection()) as connection:
        cursor = connection.cursor()
        for table in used_tables(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  a name from our own list
            checked["tables"] += 1
            found = found_in(repr(cursor.fetchall()))
            assert not found, f"the table {table} holds {found}"
