"""Every way an answer can fail to come, over real sockets: which error it is, and that it is noted once."""

import time
import tracemalloc
from collections.abc import Callable

import pytest

from app.panda.errors import OutcomeUnknown, PandaUnavailable
from tests.panda.misbehaving import (
    CHUNKED,
    HALF,
    HEAD,
    IN_TIME_SECONDS,
    NEW_TASK,
    assert_matches,
    caught_error,
    dripping_body,
    dripping_body_without_length,
    dripping_headers,
    dripping_interim_answers,
    endless,
    not_reading,
    resetting_after_reading,
    resetting_before_reading,
    resetting_in_the_answer,
    silent,
)
from tests.panda.scripted import Line, Notes, answering, http, reply

TOO_LONG = "longer than 0.3 s"

# name: what the server does, and a word of the error's sentence
LOST = {
    "reset before reading": (resetting_before_reading, "connection"),
    "reset after reading": (resetting_after_reading, "connection"),
    "reset in the answer": (resetting_in_the_answer, "connection|cut off"),
    "no answer at all": (answering(b""), "connection"),
    "silence": (silent, TOO_LONG),
    "dripped headers": (dripping_headers, TOO_LONG),
    "dripped interim answers": (dripping_interim_answers, TOO_LONG),
    "dripped body": (dripping_body, TOO_LONG),
    "dripped body without length": (dripping_body_without_length, TOO_LONG),
    "half an answer": (answering(HALF), "cut off|broke"),
    "half a chunked answer": (answering(CHUNKED + b'40\r\n{"success": true'), "cut off|broke"),
    "half the headers": (answering(HEAD), "not JSON"),
    "no HTTP": (answering(b"SSH-2.0-OpenSSH_9.2\r\n"), "connection"),
    "too many bytes": (answering(http(b" " * 70_000)), "larger than 65536 bytes"),
    "an endless body": (endless(b" " * 65536), "larger than 65536 bytes"),
    "an endless chunk": (endless(b" " * 65536, CHUNKED + b"7fffffff\r\n"), "larger than 65536 bytes"),
    "an endless length of a chunk": (endless(b"0" * 65536, CHUNKED), "broke|cut off"),
    "endless headers": (endless(b"X-More: yes\r\n" * 1000, HEAD), "connection"),
    "HTML": (answering(http("<html>Welcome</html>", content_type="text/html")), "not JSON"),
    "an empty body": (answering(http("")), "not JSON"),
    "no content": (answering(b"HTTP/1.1 204 No Content\r\n\r\n"), "HTTP 204"),
    "a Python repr": (answering(http("{'success': True, 'message': '', 'data': 7}")), "not JSON"),
    "packed garbage": (answering(http(b"\x1f\x8bgarbage", Content_Encoding="gzip")), "packed"),
    "packed otherwise": (answering(http(b"x", Content_Encoding="br, gzip")), "packed"),
    "no UTF-8": (answering(http(b'{"success": true, "message": "\xff"}')), "not JSON"),
    "deeply nested": (answering(http("[" * 60_000)), "not JSON"),
    "a redirect": (answering(http("", 302, Location="http://127.0.0.1:9/elsewhere")), "another address"),
    "a redirect without end": (endless(b" " * 65536, b"HTTP/1.1 308 P\r\nLocation: /a\r\n\r\n"), "larger"),
    "500": (answering(http("list index out of range", 500)), "HTTP 500"),
    "502": (answering(http("<html>Bad Gateway</html>", 502)), "HTTP 502"),
    "504": (answering(http("<html>Gateway Timeout</html>", 504)), "HTTP 504"),
    "429": (answering(http("slow down", 429, Retry_After="0")), "HTTP 429"),
    "wrong id in the message": (answering(reply(7, message="succeeded. new jediTaskID=8")), "new task"),
    "an id that is true": (answering(reply(True, message="succeeded. new jediTaskID=True")), "new task"),
    "an id that is 1 and true": (answering(reply(True, message="succeeded. new jediTaskID=1")), "new task"),
    "an id that is text": (answering(reply("12", message="succeeded. new jediTaskID=12")), "new task"),
    "an id with a fraction": (answering(reply(12.0, message="succeeded. new jediTaskID=12.0")), "new task"),
    "an id in a list": (answering(reply([12], message="succeeded. new jediTaskID=[12]")), "new task"),
    "an id of 0": (answering(reply(0, message="succeeded. new jediTaskID=0")), "new task"),
    "an id below 0": (answering(reply(-7, message="succeeded. new jediTaskID=-7")), "new task"),
    "an id that no database holds": (
        answering(reply(1 << 63, message=f"succeeded. new jediTaskID={1 << 63}")),
        "new task",
    ),
    "no id": (answering(reply(None, message="succeeded. new jediTaskID=7")), "new task"),
    "no message": (answering(reply(7, message=None)), "new task"),
    "reactivation": (answering(reply(7, message="reactivation accepted. jediTaskID=7 (…)")), "new task"),
    "success as text": (
        answering(reply(7, success="true", message="succeeded. new jediTaskID=7")),
        "whether",
    ),
    "success as number": (answering(reply(7, success=1, message="succeeded. new jediTaskID=7")), "whether"),
    "a message that is no text": (answering(reply(7, message=["succeeded"])), "message"),
    "a list": (answering(http("[true, 7]")), "whether"),
    "a bare number": (answering(http("7")), "whether"),
}


@pytest.mark.parametrize("name", LOST)
def test_a_submission_without_a_proper_answer_has_an_unknown_outcome(
    serve: Callable, client_of: Callable, notes: Notes, name: str
) -> None:
    script, words = LOST[name]
    server = serve(script)
    seconds = 0.3 if words == TOO_LONG else 20
    client = client_of(server.url, command_seconds=seconds, command_answer_bytes=65536)

    error = caught_error(client)

    outcome = notes.only_outcome()
    assert type(error).__name__ == outcome.error == "OutcomeUnknown"
    assert_matches(words, str(error))
    assert outcome.http_status == error.http_status
    assert outcome.answer == error.answer
    assert len(server.received) == 1, "nothing is sent twice"


def test_a_connection_that_is_closed_at_once_is_noted_once_and_not_made_again(
    serve: Callable, client_of: Callable, notes: Notes
) -> None:
    server = serve(Line.reset)

    error = caught_error(client_of(server.url))

    # The reset may come while we still connect, which proves "not sent", or after our first write.
    assert type(error).__name__ == notes.only_outcome().error
    assert type(error) in (PandaUnavailable, OutcomeUnknown)
    assert server.wait().received == [b""]


def test_what_came_before_the_break_is_kept(serve: Callable, client_of: Callable, notes: Notes) -> None:
    error = caught_error(client_of(serve(answering(HALF)).url))

    assert error.http_status == notes.only_outcome().http_status == 200
    assert error.answer.startswith('{"success": true')


def test_a_server_that_does_not_read_cannot_hold_a_large_request(
    serve: Callable, client_of: Callable, notes: Notes
) -> None:
    client = client_of(serve(not_reading).url, command_seconds=0.3)
    begin = time.monotonic()

    with pytest.raises(Exception, match="longer than") as caught:
        client.submit({"filler": "x" * 20_000_000})

    assert time.monotonic() - begin < IN_TIME_SECONDS
    assert type(caught.value).__name__ == notes.only_outcome().error == "OutcomeUnknown"


def test_a_huge_answer_takes_little_memory(serve: Callable, client_of: Callable) -> None:
    server = serve(endless(b" " * 65536))
    client = client_of(server.url)
    tracemalloc.start()

    error = caught_error(client)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert "larger than 1048576 bytes" in str(error)
    assert peak_bytes < 8_000_000


def test_a_huge_answer_to_a_query_takes_little_memory(serve: Callable, client_of: Callable) -> None:
    server = serve(endless(b" " * 65536))
    client = client_of(server.url)
    tracemalloc.start()

    with pytest.raises(OutcomeUnknown, match="larger than 67108864 bytes"):
        client.get_status(7)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak_bytes < 20_000_000


def test_a_large_answer_to_a_query_is_read(serve: Callable, client_of: Callable) -> None:
    text = "x" * 3_000_000

    assert client_of(serve(answering(reply({"a": text}))).url).get_task_parameters(1) == {"a": text}


@pytest.mark.parametrize("content_type", ["text/plain", "text/html", "application/json; charset=utf-8"])
def test_the_content_type_of_an_answer_does_not_matter(
    serve: Callable, client_of: Callable, content_type: str
) -> None:
    body = NEW_TASK.partition(b"\r\n\r\n")[2]

    assert client_of(serve(answering(http(body, content_type=content_type))).url).submit({}) == 7


def test_a_chunked_answer_is_read(serve: Callable, client_of: Callable) -> None:
    body = NEW_TASK.partition(b"\r\n\r\n")[2]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (body[:9], body[9:], b""))

    assert client_of(serve(answering(CHUNKED + chunks)).url).submit({}) == 7
