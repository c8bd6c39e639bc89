"""Every way a connection can fail before anything was sent, over real sockets."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress

import pytest

from app.panda.client import PandaClient
from app.panda.errors import PandaUnavailable
from tests.panda.misbehaving import NEW_TASK, assert_matches, caught_error
from tests.panda.scripted import Line, Notes, ScriptedServer, answering


@pytest.fixture
def refusing_port() -> int:
    """Return a port of loopback where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def assert_not_sent(client: PandaClient, notes: Notes, words: str) -> None:
    error = caught_error(client)

    assert type(error) is PandaUnavailable
    assert_matches(words, str(error))
    outcome = notes.only_outcome()
    assert (outcome.error, outcome.http_status, outcome.answer) == ("PandaUnavailable", None, "")


def test_a_refused_connection_is_not_sent(client_of: Callable, notes: Notes, refusing_port: int) -> None:
    assert_not_sent(client_of(f"http://127.0.0.1:{refusing_port}"), notes, "refused")


def test_a_connection_that_is_not_taken_in_time_is_not_sent(client_of: Callable, notes: Notes) -> None:
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):  # the queue of the listener is full; further knocks are not heard
            knock = stack.enter_context(socket.socket())
            knock.setblocking(False)
            with suppress(BlockingIOError):
                knock.connect(listener.getsockname())

        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert_not_sent(client_of(url, connect_seconds=0.3), notes, "in time")


def test_a_name_that_is_not_known_is_not_sent(
    client_of: Callable, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_args: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    assert_not_sent(client_of("http://localhost:8081"), notes, "Name or service not known")


def test_a_look_up_that_hangs_ends_in_time_and_sends_nothing_later(
    serve: Callable, client_of: Callable, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(Line.read_request)
    answered, look_up = threading.Event(), socket.getaddrinfo

    def slow(*args: object) -> object:
        answered.wait(60)
        return look_up(*args)

    monkeypatch.setattr(socket, "getaddrinfo", slow)

    assert_not_sent(client_of(server.url, command_seconds=0.2), notes, "in time|longer than 0.2 s")
    answered.set()
    wait_for_a_connection(server)
    assert server.wait().received == [b""]


def test_a_look_up_that_hangs_and_fails_is_forgotten(
    client_of: Callable, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()

    def slow(*_args: object) -> None:
        answered.wait(60)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure")

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    before = set(threading.enumerate())

    assert_not_sent(client_of("http://localhost:1", command_seconds=0.2), notes, "in time|longer than 0.2 s")
    answered.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(60)  # an exception in it would fail this test


def wait_for_a_connection(server: ScriptedServer) -> None:
    for _ in range(6000):
        if server.received:
            return
        time.sleep(0.01)


def test_a_bad_header_is_not_sent(serve: Callable, client_of: Callable, notes: Notes) -> None:
    server = serve(answering(NEW_TASK))

    assert_not_sent(client_of(server.url, origin="vo:role\r\nX-Injected: yes"), notes, "header")

    assert server.received == []
