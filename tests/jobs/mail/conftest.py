"""Fixtures for tests of mail: a real server, and the work that sends."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from app.models import User
from tests.jobs.mail.post import Post
from tests.jobs.mail_server import MailServer


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server on this machine that speaks plainly and takes everything."""
    server = MailServer()
    yield server
    server.stop()


@pytest.fixture
def settings(server: MailServer) -> dict:
    return server.settings()


@pytest.fixture
def post(app: Flask) -> Post:
    return Post(app)


@pytest.fixture
def user(make_user: Callable[..., User]) -> User:
    return make_user("physicist", "physicist")
