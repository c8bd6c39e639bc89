"""The service and a provider beside each other, and the way between them that a browser walks."""

import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, urlencode, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.extensions import db
from app.models import AccountEvent, UserSession
from tests.iam.provider import CLIENT_ID, CLIENT_SECRET, Faults, Provider
from tests.views.conftest import alter, app, ask, mailbox  # noqa: F401  fixtures

HOME = "http://127.0.0.1:8080"


@pytest.fixture(scope="session")
def running_provider() -> Iterator[Provider]:
    """One provider for all tests of a process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # its server side would refuse plain http
        provider = Provider()
        yield provider
        provider.stop()


@pytest.fixture
def provider(running_provider: Provider) -> Iterator[Provider]:
    """The provider, honest until a test tells it a fault."""
    running_provider.redirect_uris = [f"{HOME}/iam/callback"]
    yield running_provider
    running_provider.faults = Faults()
    running_provider.rotate(1)
    running_provider.authorization_requests.clear()
    running_provider.token_requests.clear()


@pytest.fixture
def iam_seconds() -> float:
    """Limit of a sign-in; not too long, so that the silence of a provider is tested soon."""
    return 2.5


@pytest.fixture
def settings(provider: Provider, tmp_path: Path, iam_seconds: float) -> dict:
    secret = tmp_path / "iam_client_secret"
    secret.write_text(f"{CLIENT_SECRET}\n")
    return {
        "IAM_ISSUER": provider.url,
        "IAM_CLIENT_ID": CLIENT_ID,
        "IAM_CLIENT_SECRET_FILE": str(secret),
        "IAM_SECONDS": iam_seconds,
        "PUBLIC_URL": HOME,
    }


def _line_to(there: SplitResult) -> HTTPConnection:
    """Return a connection; whether the certificate is right is for the service to find out."""
    if there.scheme == "http":
        return HTTPConnection(there.netloc, timeout=10)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return HTTPSConnection(there.netloc, timeout=10, context=context)


def pressed(address: str, person: str) -> str:
    """Return where the provider leads; by http.client, for a browser writes nothing into our logs."""
    there = urlsplit(address)
    with closing(_line_to(there)) as line:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        line.request("POST", f"{there.path}?{there.query}", urlencode({"person": person}), kind)
        answer = line.getresponse()
        assert answer.status == 302, answer.read()
        return answer.headers["Location"]


@dataclass
class Way:
    """A browser on its way to the provider and back."""

    browser: FlaskClient

    def begin(self, path: str = "/iam/sign-in") -> str:
        """Return the provider's address that the service leads to."""
        answer = self.browser.get(path)
        assert answer.status_code == 303, answer.text
        return answer.location

    def at_provider(self, address: str, person: str = "physicist") -> str:
        """Press a button there; return the address that leads back, without its host."""
        back = urlsplit(pressed(address, person))
        return f"{back.path}?{back.query}"

    def callback(self, person: str = "physicist", path: str = "/iam/sign-in") -> str:
        return self.at_provider(self.begin(path), person)

    def sign_in(self, person: str = "physicist", path: str = "/iam/sign-in") -> TestResponse:
        """Walk the whole way; return the service's last answer."""
        return self.browser.get(self.callback(person, path))

    def is_signed_in(self) -> bool:
        return self.browser.get("/tasks").status_code == 200


@pytest.fixture
def new_way(app: Flask) -> Callable[[], Way]:  # noqa: F811
    """new_way() → a way with a browser of its own."""
    return lambda: Way(app.test_client())


@pytest.fixture
def way(new_way: Callable[[], Way]) -> Way:
    return new_way()


@pytest.fixture
def events(ask: Callable) -> Callable[..., list[AccountEvent]]:  # noqa: F811
    """events() → what happened at the door, the oldest first."""
    return lambda *kinds: [
        event
        for event in ask(select(AccountEvent).order_by(AccountEvent.id))
        if not kinds or event.kind in kinds
    ]


@pytest.fixture
def sessions_begun(app: Flask) -> Callable[[], int]:  # noqa: F811
    def count() -> int:
        with app.app_context():
            return db.session.scalar(select(func.count()).select_from(UserSession)) or 0

    return count


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """said() → everything that any library logged, down to DEBUG."""
    caplog.set_level(logging.DEBUG)
    return lambda: "\n".join(f"{record.getMessage()} {record.exc_text or ''}" for record in caplog.records)


def parameters(address: str) -> dict[str, str]:
    """Return the parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
