"""A scripted server, a recorder, a token and a client for the tests of the PanDA client."""

import ssl
from collections.abc import Callable, Iterator

import pytest

from app.panda.client import PandaClient, PandaSettings
from app.panda.tokens import TokenSource
from tests.panda.scripted import FixedToken, Notes, Script, ScriptedServer


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    """Return a function that starts a server with a script; all are stopped after the test."""
    servers = []

    def start(script: Script, tls: ssl.SSLContext | None = None) -> ScriptedServer:
        servers.append(ScriptedServer(script, tls))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def tokens() -> FixedToken:
    return FixedToken()


@pytest.fixture
def client_of(notes: Notes, tokens: FixedToken) -> Callable[..., PandaClient]:
    """Return a function that makes a client for an address; tests of a limit give it a short one."""

    def make(url: str, tokens: TokenSource = tokens, **settings: object) -> PandaClient:
        usual = {"connect_seconds": 20.0, "command_seconds": 20.0, "query_seconds": 20.0}
        given = {"url": url, "origin": "spd.nica.jinr:production"} | usual | settings
        return PandaClient(PandaSettings(**given), tokens, notes)

    return make
