"""Fixtures for tests of alarms: who is mailed, and the check."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.jobs.mail_server import MailServer
from tests.services.alarms.watch import Watch


@pytest.fixture
def server() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.stop()


@pytest.fixture
def settings(server: MailServer) -> dict:
    return server.settings() | {"ALARM_MAIL_TO": ["shift@example.org"]}


@pytest.fixture
def watch(app: Flask, server: MailServer) -> Watch:
    return Watch(app, server)
