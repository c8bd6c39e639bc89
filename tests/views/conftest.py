"""What tests of pages share."""

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from app.extensions import db
from tests.conftest import PASSWORD
from tests.mailbox import Mailbox
from tests.world import World

HTMX = {"HX-Request": "true"}


class CompiledTemplates(BytecodeCache):
    """Templates compiled once for all applications that the tests make."""

    kept: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture
def app(app: Flask) -> Flask:
    """The application of tests/conftest.py, quicker with its pages."""
    app.jinja_env.bytecode_cache = CompiledTemplates()
    return app


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
def mailbox(app: Flask) -> Mailbox:
    """What people get by mail: mailbox.new(), .only(), .link()."""
    return Mailbox(app)


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


@pytest.fixture
def world(app: Flask, make_user: Callable[..., Any], make_task: Callable[..., Any]) -> World:
    """Everybody, and things of theirs to ask about."""
    return World(app, make_user, make_task)
