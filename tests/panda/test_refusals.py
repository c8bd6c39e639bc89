"""Answers that say no, over real sockets: which of them prove that nothing was done."""

from collections.abc import Callable

import pytest

from app.panda.errors import NotSent, Overloaded, Refused
from tests.panda.misbehaving import caught_error
from tests.panda.scripted import TOKEN, Line, Notes, answering, http, reply


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
