"""Every way a connection can fail, over real sockets: which error it is, and that it is noted once."""

import socket
import threading
import time
import tracemalloc
from collections.abc import Callable
from contextlib import ExitStack, suppress

import pytest

from app.panda.client import PandaClient
from app.panda.errors import NotSent, OutcomeUnknown, Overloaded, PandaUnavailable, Refused
from tests.panda.scripted import TOKEN, Line, Notes, ScriptedServer, answering, http, reply

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


def caught_error(client: PandaClient) -> Exception:
    """Submit, which must fail in time, and return the error."""
    begin = time.monotonic()
    with pytest.raises(Exception) as caught:  # noqa: PT011  the class is what is under test
        client.submit({"taskName": "a"})
    assert time.monotonic() - begin < IN_TIME_SECONDS
    return caught.value


def assert_matches(words: str, text: str) -> None:
    assert any(word in text for word in words.split("|")), text


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


def test_an_overloaded_server_did_not_look(serve: Callable, client_of: Callable, notes: Notes) -> None:
    server = serve(answering(http("<html>busy</html>", 503, Retry_After="0")))

    error = caught_error(client_of(server.url))

    assert isinstance(error, Overloaded)
    assert isinstance(error, NotSent)
    assert notes.only_outcome().error == "Overloaded"
    assert len(server.received) == 1


def test_a_setting_makes_503_an_unknown_outcome(serve: Callable, client_of: Callable, notes: Notes) -> None:
    error = caught_error(client_of(serve(answering(http("", 503))).url, overloaded_is_not_sent=False))

    assert type(error).__name__ == notes.only_outcome().error == "OutcomeUnknown"


# name: the answer to a submission, and the error it is
CLEAR_NO = {
    "too many active tasks": (
        reply(10, success=False, message="Too many active tasks for robot 5>4"),
        "TooManyActiveTasks",
    ),
    "no such parent": (reply(11, success=False, message="failed to find parent with…"), "ArgumentsRefused"),
    "invalid JSON": (http("ERROR : received invalid JSON : Expecting value", 500), "ArgumentsRefused"),
    "wrong verb": (reply(success=False, message="expecting POST, received GET"), "ArgumentsRefused"),
    "banned": (http("ERROR : Test Producer is banned", 403), "AccessRefused"),
    "banned, called success": (reply(message="The following DN is banned: DN=a"), "AccessRefused"),
    "banned, called failure": (reply(success=False, message="The following DN is banned"), "AccessRefused"),
    "sign in at the proxy": (http("<html>who are you?</html>", 401), "AccessRefused"),
    "forbidden by the proxy": (http("", 403), "AccessRefused"),
    "no such method": (http("ERROR : method submit is forbidden", 403), "MethodForbidden"),
    "no PanDA here": (http("<html>Not Found</html>", 404), "MethodForbidden"),
    "method not allowed": (http("", 405), "MethodForbidden"),
    "code 4": (reply(4, success=False, message="failed to register task"), "OutcomeUnknown"),
    "code 1": (
        reply(1, success=False, message="jediTaskID=3 is already queued for outDS=is.banned"),
        "OutcomeUnknown",
    ),
    "code true": (reply(True, success=False, message="what"), "OutcomeUnknown"),
    "code as text": (reply("10", success=False, message="Too many active tasks"), "OutcomeUnknown"),
    "no code": (reply(success=False, message=None), "OutcomeUnknown"),
    "not found": (reply(success=False, message="Task not found"), "OutcomeUnknown"),
}


@pytest.mark.parametrize("name", CLEAR_NO)
def test_a_refusal_is_told_from_an_unknown_outcome(
    serve: Callable, client_of: Callable, notes: Notes, name: str
) -> None:
    answer, expected = CLEAR_NO[name]
    server = serve(answering(answer))

    error = caught_error(client_of(server.url))

    assert type(error).__name__ == notes.only_outcome().error == expected
    assert isinstance(error, Refused) == (expected != "OutcomeUnknown")
    assert len(server.received) == 1


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


def test_no_error_shows_the_token(serve: Callable, client_of: Callable, notes: Notes) -> None:
    def echoing(line: Line) -> None:
        text = line.read_request().decode()
        line.send(http(f"ERROR : Token authentication failed. {text}", 403))

    error = caught_error(client_of(serve(echoing).url))

    assert "authentication failed" in str(error)
    shown = " ".join([str(error), repr(error), error.answer, notes.only_outcome().answer, repr(vars(error))])
    assert "Bearer" in shown
    assert TOKEN not in shown
    assert not any(part in shown for part in TOKEN.split("."))
