"""Servers that misbehave, one connection at a time, and the error that a submission ends with."""

import time
from collections.abc import Callable

import pytest

from app.panda.client import PandaClient
from tests.panda.scripted import Line, reply

NEW_TASK = reply(7, message="succeeded. new jediTaskID=7")
HALF = NEW_TASK[: len(NEW_TASK) // 2 + 40]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
# Limits under test are 0.3 s, the scripts go on for 50 s and more; the rest is for a busy machine.
IN_TIME_SECONDS = 15
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def resetting_before_reading(line: Line) -> None:
    line.sock.recv(1)
    line.reset()


def resetting_after_reading(line: Line) -> None:
    line.read_request()
    line.reset()


def resetting_in_the_answer(line: Line) -> None:
    line.read_request()
    line.send(HALF)
    line.reset()


def dripping_headers(line: Line) -> None:
    line.read_request()
    line.drip(HEAD + b"X-Long: " + b"a" * 1000)


def dripping_interim_answers(line: Line) -> None:
    line.read_request()
    line.drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 40)


def dripping_body(line: Line) -> None:
    line.read_request()
    line.send(HEAD + b"Content-Length: 1000\r\n\r\n")
    line.drip(b" " * 1000)


def dripping_body_without_length(line: Line) -> None:
    # When the connection is shut, this answer looks complete and good.
    line.read_request()
    line.send(HEAD + b"\r\n" + NEW_TASK.partition(b"\r\n\r\n")[2])
    line.drip(b" " * 1000)


def silent(line: Line) -> None:
    line.read_request()
    line.over.wait(60)


def not_reading(line: Line) -> None:
    line.over.wait(60)


def endless(piece: bytes, head: bytes = HEAD + b"\r\n") -> Callable[[Line], None]:
    def script(line: Line) -> None:
        line.read_request()
        line.send(head)
        while not line.over.is_set():
            line.send(piece)

    return script


def caught_error(client: PandaClient) -> Exception:
    """Submit, which must fail in time, and return the error."""
    begin = time.monotonic()
    with pytest.raises(Exception) as caught:  # noqa: PT011  the class is what is under test
        client.submit({"taskName": "a"})
    assert time.monotonic() - begin < IN_TIME_SECONDS
    return caught.value


def assert_matches(words: str, text: str) -> None:
    assert any(word in text for word in words.split("|")), text
