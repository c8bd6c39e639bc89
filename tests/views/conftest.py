"""What tests of pages share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from app.extensions import db
from tests.conftest import PASSWORD

HTMX = {"HX-Request": "true"}


@pytest.fixture
def ask(app: Flask) -> Callable[..., Any]:
    """ask(statement) → all rows, read in a session of its own; entities come loose."""

    def run(statement: Any) -> list[Any]:
        with app.app_context():
            rows = list(db.session.scalars(statement).unique())
            db.session.expunge_all()
        return rows

    return run


@pytest.fixture
def alter(app: Flask) -> Callable[..., None]:
    """alter(statement): change rows behind the back of the application."""

    def run(statement: Any) -> None:
        with app.app_context():
            db.session.execute(statement)
            db.session.commit()

    return run


@pytest.fixture
def new_person() -> Callable[..., dict[str, str]]:
    """new_person(**changes) → what somebody types into the page "Register"."""

    def fields(**changes: str) -> dict[str, str]:
        password = changes.get("password", PASSWORD)
        typed = {
            "username": "stranger",
            "first_name": "Some",
            "last_name": "Stranger",
            "email": "stranger@example.org",
            "password": password,
            "password_again": password,
        }
        return typed | changes

    return fields


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
