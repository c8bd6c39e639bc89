"""What the client sends, and what it makes of good answers."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest

from app.panda.client import PandaClient, PandaSettings
from app.panda.errors import AccessRefused, NoToken, NotSent, OutcomeUnknown, TaskNotFound
from app.panda.recorder import CallRequest
from tests.panda.scripted import TOKEN, FixedToken, Notes, ScriptedServer, answering, reply

NEW_TASK = reply(7, message="succeeded. new jediTaskID=7")
MOMENT = datetime(2026, 11, 23, 5, 41, 17, 713950, tzinfo=UTC)


def sent(server: ScriptedServer) -> tuple[str, str, dict[str, str], bytes]:
    """Return verb, path with query, headers and body of the one request the server got."""
    assert len(server.wait().received) == 1
    head, _, body = server.received[0].partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    verb, path, _ = first.split(" ")
    return verb, path, dict(line.split(": ", 1) for line in lines), body


def test_a_submission_carries_exactly_the_headers_panda_wants(serve: Callable, client_of: Callable) -> None:
    server = serve(answering(NEW_TASK))

    task_id = client_of(server.url).submit({"taskName": "спд", "nEvents": 10})

    verb, path, headers, body = sent(server)
    assert task_id == 7
    assert (verb, path) == ("POST", "/api/v1/task/submit")
    assert json.loads(body) == {"task_parameters": {"taskName": "спд", "nEvents": 10}}
    assert headers == {
        "Host": f"127.0.0.1:{server.port}",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Authorization": f"Bearer {TOKEN}",
        "Connection": "close",
        "Content-Length": str(len(body)),
        "Content-Type": "application/json",
        "Origin": "spd.nica.jinr:production",
        "User-Agent": "spd-production-manager",
    }


def test_a_query_carries_the_same_headers(serve: Callable, client_of: Callable) -> None:
    server = serve(answering(reply("running")))

    assert client_of(server.url).get_status(3) == "running"

    verb, path, headers, body = sent(server)
    assert (verb, path, body) == ("GET", "/api/v1/task/get_status?task_id=3", b"")
    assert headers["Accept"] == headers["Content-Type"] == "application/json"
    assert headers["Origin"] == "spd.nica.jinr:production"
    assert headers["Authorization"] == f"Bearer {TOKEN}"


def test_a_parent_is_sent_as_a_number(serve: Callable, client_of: Callable) -> None:
    server = serve(answering(NEW_TASK))

    client_of(server.url).submit({}, parent_tid=5)

    assert json.loads(sent(server)[3]) == {"task_parameters": {}, "parent_tid": 5}


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_parameters_that_are_no_json_are_not_sent(
    serve: Callable, client_of: Callable, notes: Notes, number: float
) -> None:
    server = serve(answering(NEW_TASK))

    with pytest.raises(ValueError, match="JSON"):
        client_of(server.url).submit({"nEvents": number})

    assert server.received == []
    assert notes.requests == []


def test_is_alive_needs_no_token(serve: Callable, client_of: Callable, tokens: FixedToken) -> None:
    server = serve(answering(reply(None)))
    tokens.token = ""

    client_of(server.url).is_alive()

    _, path, headers, _ = sent(server)
    assert path == "/api/v1/system/is_alive"
    assert "Authorization" not in headers


def test_without_a_token_source_no_token_is_sent(serve: Callable) -> None:
    server = serve(answering(reply(success=False, message="SSL secure connection is required")))
    client = PandaClient(PandaSettings(server.url + "/", "vo:role"), None)

    with pytest.raises(AccessRefused):
        client.get_status(1)
    client.close()

    _, path, headers, _ = sent(server)
    assert path == "/api/v1/task/get_status?task_id=1"
    assert "Authorization" not in headers


def test_the_user_attributes_tell_the_role(serve: Callable, client_of: Callable) -> None:
    data = {
        "user_dn_clean": "Test Producer",
        "fqans": ["/spd.nica.jinr/Role=production"],
        "is_production_user": True,
    }

    attributes = client_of(serve(answering(reply(data))).url).user_attributes()

    assert attributes.user_name == "Test Producer"
    assert attributes.fqans == ("/spd.nica.jinr/Role=production",)
    assert attributes.is_production_user is True


def test_task_parameters_come_back_as_they_were_sent(serve: Callable, client_of: Callable) -> None:
    parameters = {"taskName": "a", "nEvents": 1000, "log": {"type": "template"}}

    assert client_of(serve(answering(reply(parameters))).url).get_task_parameters(1) == parameters


@pytest.mark.parametrize(
    "wrong",
    [
        {"jediTaskID": 2**63},
        {"jediTaskID": 9, "stateChangeTime": {"__datetime__": "0001-01-01T00:00:00+05:00"}},
    ],
)
def test_what_no_database_takes_is_no_reply(serve: Callable, client_of: Callable, wrong: dict) -> None:
    detail = {"taskName": "a", "status": "done", **wrong}

    with pytest.raises(OutcomeUnknown):
        client_of(serve(answering(reply(detail))).url).get_detailed_info(9)


def test_the_bulk_query_asks_in_utc_for_one_user_and_one_label(serve: Callable, client_of: Callable) -> None:
    server = serve(answering(reply({"9": {"jediTaskID": 9, "status": "done", "taskName": "a"}})))
    moscow = timezone(timedelta(hours=3))

    briefs = client_of(server.url).tasks_modified_since(
        MOMENT.astimezone(moscow), "spdprod demo", "managed", min_task_id=4
    )

    path = sent(server)[1]
    assert [brief.task_id for brief in briefs] == [9]
    assert "dn=spdprod%20demo" in path
    assert parse_qs(urlsplit(path).query) == {
        "since": ["2026-11-23 05:41:17"],
        "dn": ["spdprod demo"],
        "prod_source_label": ["managed"],
        "min_task_id": ["4"],
    }


def test_the_bulk_query_works_without_a_lowest_id(serve: Callable, client_of: Callable) -> None:
    server = serve(answering(reply({})))

    assert client_of(server.url).tasks_modified_since(MOMENT, "u", "managed") == []

    assert "min_task_id" not in sent(server)[1]


def test_a_moment_without_a_zone_is_refused(client_of: Callable) -> None:
    with pytest.raises(ValueError, match="time zone"):
        client_of("http://127.0.0.1:1").tasks_modified_since(datetime(2026, 1, 1), "u", "managed")


@pytest.mark.parametrize("since", [None, MOMENT])
def test_a_search_sends_its_filters_as_json_text(
    serve: Callable, client_of: Callable, since: datetime | None
) -> None:
    server = serve(answering(reply([{"jediTaskID": 8, "status": "running"}])))

    found = client_of(server.url).tasks_detailed_info_since({"ticketID": "k-1"}, since, limit=50)

    query = parse_qs(urlsplit(sent(server)[1]).query)
    assert [info.task_id for info in found] == [8]
    assert json.loads(query.pop("filters")[0]) == {"ticketID": "k-1"}
    assert query.pop("n_tasks") == ["50"]
    assert query == ({"since": ["2026-11-23 05:41:17"]} if since else {})


@pytest.mark.parametrize("character", "^$*+?|()\\")
def test_a_filter_that_panda_takes_for_a_pattern_is_refused(client_of: Callable, character: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        client_of("http://127.0.0.1:1").tasks_detailed_info_since({"taskName": f"a{character}b"})


def test_detailed_info_of_a_fresh_task_is_not_found(serve: Callable, client_of: Callable) -> None:
    text = "Task not found or error retrieving task info"
    server = serve(answering(reply(success=False, message=text)))

    with pytest.raises(TaskNotFound, match=text) as caught:
        client_of(server.url).get_detailed_info(1)

    assert caught.value.message == text
    assert caught.value.http_status == 200


@pytest.mark.parametrize("data", [None, {}, [], "", 3, True])
def test_a_status_that_is_no_word_is_no_usable_answer(
    serve: Callable, client_of: Callable, notes: Notes, data: object
) -> None:
    with pytest.raises(OutcomeUnknown, match="status"):
        client_of(serve(answering(reply(data))).url).get_status(1)

    assert notes.only_outcome().error == "OutcomeUnknown"


def test_the_recorder_sees_a_submission_before_and_after(
    serve: Callable, client_of: Callable, notes: Notes
) -> None:
    client_of(serve(answering(NEW_TASK)).url).submit({"taskName": "a"})

    outcome = notes.only_outcome()
    assert notes.requests == [
        CallRequest("POST", "task/submit", None, '{"task_parameters": {"taskName": "a"}}')
    ]
    assert outcome.http_status == 200
    assert json.loads(outcome.answer)["data"] == 7
    assert outcome.error is None
    assert 0 <= outcome.milliseconds < 2000


def test_the_recorder_sees_the_task_of_a_query(serve: Callable, client_of: Callable, notes: Notes) -> None:
    client_of(serve(answering(reply("done"))).url).get_status(3)

    assert notes.requests == [CallRequest("GET", "task/get_status", 3, '{"task_id": 3}')]


def test_a_submission_may_have_a_recorder_of_its_own(
    serve: Callable, client_of: Callable, notes: Notes
) -> None:
    own = Notes()

    client_of(serve(answering(NEW_TASK)).url).submit({}, recorder=own)

    assert own.only_outcome().error is None
    assert notes.requests == []


def test_nothing_is_sent_when_the_call_cannot_be_recorded(serve: Callable, client_of: Callable) -> None:
    class Broken(Notes):
        def started(self, request: CallRequest) -> object:
            raise RuntimeError("the disk is full")

    server, broken = serve(answering(NEW_TASK)), Broken()

    with pytest.raises(RuntimeError, match="the disk is full"):
        client_of(server.url).submit({}, recorder=broken)

    assert server.received == []
    assert broken.outcomes == []


@pytest.mark.parametrize("token", ["", " \n", "two words", "line\r\nX-Injected: yes", "ключ"])
def test_without_a_usable_token_nothing_is_sent_or_recorded(
    serve: Callable, client_of: Callable, tokens: FixedToken, notes: Notes, token: str
) -> None:
    server = serve(answering(NEW_TASK))
    tokens.token = token

    with pytest.raises(NoToken) as caught:
        client_of(server.url).submit({})

    assert isinstance(caught.value, NotSent)
    assert server.received == []
    assert notes.requests == []


@pytest.mark.parametrize(
    "answer",
    [
        reply(success=False, message="production or pilot role required"),
        b"HTTP/1.1 403 Forbidden\r\n\r\nERROR : Token authentication failed. Invalid token.",
    ],
)
def test_a_refused_token_is_forgotten(
    serve: Callable, client_of: Callable, tokens: FixedToken, answer: bytes
) -> None:
    with pytest.raises(AccessRefused):
        client_of(serve(answering(answer)).url).get_status(1)

    assert tokens.forgotten == [TOKEN]


def test_each_call_has_a_connection_of_its_own(serve: Callable, client_of: Callable) -> None:
    server = serve(answering(reply("running"), NEW_TASK))
    client = client_of(server.url)

    client.get_status(1)
    client.submit({})

    assert len(server.wait().received) == 2


def test_proxies_and_passwords_of_the_environment_are_not_used(
    serve: Callable, client_of: Callable, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    server, proxy = serve(answering(NEW_TASK)), serve(answering(NEW_TASK))
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password something\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)

    client_of(server.url).submit({})

    assert sent(server)[2]["Authorization"] == f"Bearer {TOKEN}"
    assert proxy.received == []


@pytest.mark.parametrize(
    "url", ["http://panda.example.org", "ftp://127.0.0.1", "panda.example.org", "http://["]
)
def test_an_address_that_must_not_get_a_token_is_refused(client_of: Callable, url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        client_of(url)
