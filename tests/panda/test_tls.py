"""TLS: only the right server gets the token, and a failed handshake sends nothing."""

import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from app.panda.errors import OutcomeUnknown, PandaUnavailable
from tests.panda.scripted import TOKEN, Line, Notes, answering, http, reply

NEW_TASK = reply(7, message="succeeded. new jediTaskID=7")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    """Return the file with the certificates that the client trusts."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return str(tmp_path / "ca.pem")


def context_of(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


def test_the_right_server_gets_the_token(
    serve: Callable, client_of: Callable, authority: trustme.CA, bundle: str
) -> None:
    server = serve(answering(NEW_TASK), context_of(authority, "127.0.0.1"))

    assert client_of(server.url, ca_bundle=bundle).submit({}) == 7

    assert TOKEN.encode() in server.wait().received[0]


def assert_nothing_was_sent(client, server, notes: Notes, words: str) -> None:
    with pytest.raises(PandaUnavailable, match=words):
        client.submit({})

    assert notes.only_outcome().error == "PandaUnavailable"
    assert server.wait().received == [b""]


def test_an_unknown_authority_gets_nothing(
    serve: Callable, client_of: Callable, notes: Notes, bundle: str
) -> None:
    server = serve(answering(NEW_TASK), context_of(trustme.CA(), "127.0.0.1"))

    assert_nothing_was_sent(
        client_of(server.url, ca_bundle=bundle), server, notes, "CERTIFICATE_VERIFY_FAILED"
    )


def test_the_certificates_of_the_system_do_not_include_ours(
    serve: Callable, client_of: Callable, notes: Notes, authority: trustme.CA
) -> None:
    server = serve(answering(NEW_TASK), context_of(authority, "127.0.0.1"))

    assert_nothing_was_sent(client_of(server.url), server, notes, "CERTIFICATE_VERIFY_FAILED")


@pytest.mark.parametrize("name", ["localhost", "127.0.0.2", "panda.example.org"])
def test_another_host_gets_nothing(
    serve: Callable, client_of: Callable, notes: Notes, authority: trustme.CA, bundle: str, name: str
) -> None:
    server = serve(answering(NEW_TASK), context_of(authority, name))

    assert_nothing_was_sent(
        client_of(server.url, ca_bundle=bundle), server, notes, "not valid for '127.0.0.1'"
    )


def speaking_http(line: Line) -> None:
    line.sock.recv(1)
    line.send(http("hello"))
    line.read_request()


def test_a_server_without_tls_gets_nothing(
    serve: Callable, client_of: Callable, notes: Notes, bundle: str
) -> None:
    server = serve(speaking_http)
    client = client_of(server.url.replace("http:", "https:"), ca_bundle=bundle)

    with pytest.raises(PandaUnavailable, match="secure connection"):
        client.submit({})

    assert notes.only_outcome().error == "PandaUnavailable"
    assert TOKEN.encode() not in server.wait().received[0], "only our greeting of TLS"


def dripping_handshake(line: Line) -> None:
    line.drip(b"\x16\x03\x03\x40\x00" + b"\x02" * 1000)


def silent(line: Line) -> None:
    line.over.wait(60)


def resetting(line: Line) -> None:
    # Not before the first byte: ssl.SSLSocket of Python 3.11 then leaves its socket to the garbage collector.
    line.sock.recv(1)
    line.reset()


@pytest.mark.parametrize("script", [dripping_handshake, silent, resetting])
def test_a_handshake_that_does_not_end_sends_nothing_and_ends_in_time(
    serve: Callable, client_of: Callable, notes: Notes, bundle: str, script: Callable
) -> None:
    server = serve(script)
    client = client_of(server.url.replace("http:", "https:"), ca_bundle=bundle, command_seconds=0.4)

    with pytest.raises(PandaUnavailable, match="nothing was sent"):
        client.submit({})

    assert notes.only_outcome().milliseconds < 15_000
    assert server.received == [b""]


def dripping(line: Line) -> None:
    line.read_request()
    line.drip(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 1000)


def cutting(line: Line) -> None:
    line.read_request()
    line.send(NEW_TASK[:-20])
    line.sock.shutdown(socket.SHUT_RDWR)  # without the farewell of TLS


@pytest.mark.parametrize("script", [dripping, cutting, Line.read_request])
def test_an_answer_lost_inside_tls_leaves_the_outcome_unknown(
    serve: Callable, client_of: Callable, notes: Notes, authority: trustme.CA, bundle: str, script: Callable
) -> None:
    server = serve(script, context_of(authority, "127.0.0.1"))

    with pytest.raises(OutcomeUnknown):
        client_of(server.url, ca_bundle=bundle, command_seconds=0.4).submit({})

    assert notes.only_outcome().milliseconds < 15_000
    assert len(server.received) == 1
