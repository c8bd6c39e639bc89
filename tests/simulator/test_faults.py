"""Faults on demand."""

import socket
import time
from urllib.parse import urlsplit

import pytest
import requests

from tests.simulator.conftest import Simulator


def post(simulator: Simulator, served: str, **parameters: object) -> requests.Response:
    body = {"task_parameters": simulator.parameters(**parameters)}
    return requests.post(f"{served}/api/v1/task/submit", json=body, headers=simulator.headers, timeout=10)


@pytest.mark.parametrize("kind", ["drop", "reset", "half"])
@pytest.mark.parametrize(("moment", "stored"), [("before", 0), ("after", 1)])
def test_a_connection_can_break_before_or_after_the_task_is_stored(
    simulator: Simulator, served: str, kind: str, moment: str, stored: int
) -> None:
    simulator.fault(kind, method="task/submit", moment=moment, count=1)

    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        post(simulator, served)

    assert len(simulator.control("tasks")["tasks"]) == stored
    assert post(simulator, served).json()["success"] is True


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize(("moment", "stored"), [("before", 0), ("after", 1)])
def test_a_proxy_can_answer_before_or_after_the_task_is_stored(
    simulator: Simulator, status: int, moment: str, stored: int
) -> None:
    simulator.fault("answer", status=status, moment=moment)

    answer = simulator.raw("POST", "task/submit", json={"task_parameters": simulator.parameters()})

    assert answer.status_code == status
    assert answer.content_type.startswith("text/html")
    assert len(simulator.control("tasks")["tasks"]) == stored


@pytest.mark.parametrize(
    ("kind", "options", "status", "part"),
    [
        ("html", {}, 200, "<html>"),
        ("wrong_types", {}, 200, '"success": "yes"'),
        ("huge", {"bytes": 5000}, 200, "x" * 5000),
        ("redirect", {"location": "http://127.0.0.1:1/"}, 302, ""),
        ("answer", {"status": 200, "body": "{}", "content_type": "text/plain"}, 200, "{}"),
        ("delay", {"seconds": 0.01}, 200, '"success": true'),
    ],
)
def test_an_answer_can_be_spoiled(
    simulator: Simulator, kind: str, options: dict, status: int, part: str
) -> None:
    simulator.fault(kind, **options)

    answer = simulator.raw("GET", "system/is_alive")

    assert answer.status_code == status
    assert part in answer.text


def test_an_answer_can_drip(simulator: Simulator, served: str) -> None:
    simulator.fault("drip", moment="after", seconds=0.4)
    begin = time.monotonic()

    answer = requests.get(f"{served}/api/v1/system/is_alive", timeout=5)

    assert answer.text == "{'success': True, 'message': '', 'data': None}"
    assert time.monotonic() - begin > 0.3


def test_a_dripping_answer_ends_when_the_client_goes(simulator: Simulator, served: str) -> None:
    simulator.fault("drip", seconds=1, count=1)
    with socket.create_connection((urlsplit(served).hostname, urlsplit(served).port)) as connection:
        connection.sendall(b"GET /api/v1/system/is_alive HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connection.recv(1)

    assert requests.get(f"{served}/api/v1/system/is_alive", timeout=5).status_code == 200


def test_faults_of_the_connection_need_a_server_that_shows_it(simulator: Simulator) -> None:
    simulator.fault("drop")
    simulator.app.config["PROPAGATE_EXCEPTIONS"] = True

    with pytest.raises(TypeError):
        simulator.raw("GET", "system/is_alive", environ_overrides={"werkzeug.socket": None})


def test_a_fault_can_be_limited_to_a_method_and_a_number_of_requests(simulator: Simulator) -> None:
    simulator.fault("answer", method="task/get_status", count=2)

    alive = simulator.raw("GET", "system/is_alive").status_code
    statuses = [simulator.raw("GET", "task/get_status").status_code for _ in range(3)]

    assert alive == 200
    assert statuses == [503, 503, 200]
    fault = simulator.control("faults")["faults"][0]
    assert (fault["hits"], fault["remaining"]) == (2, 0)


def test_faults_can_be_taken_away(simulator: Simulator) -> None:
    simulator.fault("answer")
    simulator.fault("database_down")

    simulator.client.delete("/simulator/faults?kind=answer")
    assert [fault["kind"] for fault in simulator.control("faults")["faults"]] == ["database_down"]
    simulator.client.delete("/simulator/faults")

    assert simulator.control("faults")["faults"] == []


@pytest.mark.parametrize("wish", [{"kind": "nonsense"}, {"kind": "drop", "moment": "never"}])
def test_an_unknown_fault_is_refused(simulator: Simulator, wish: dict) -> None:
    assert simulator.client.post("/simulator/faults", json=wish).status_code == 400


def test_a_dead_database_looks_like_no_tasks(simulator: Simulator) -> None:
    task_id = simulator.submit()
    simulator.advance(20)
    simulator.fault("database_down")

    submitted = simulator.post("task/submit", task_parameters=simulator.parameters())

    assert simulator.get("task/get_status", task_id=task_id)["message"] == "Task not found"
    assert simulator.get("task/get_tasks_modified_since", since="2020-01-01 00:00:00")["data"] == {}
    assert simulator.get("task/get_tasks_detailed_info_since")["success"] is False
    assert simulator.post("task/kill", task_id=task_id)["data"] == 1
    assert submitted["data"] == 4
    assert simulator.get("system/is_alive")["success"] is True


def test_while_jedi_is_down_nothing_moves(simulator: Simulator) -> None:
    running, fresh = simulator.submit(nEvents=10000), None
    simulator.advance(20)
    simulator.fault("jedi_down")
    fresh = simulator.submit()
    simulator.post("task/kill", task_id=running)
    simulator.advance(1000)
    stood = simulator.status(running), simulator.status(fresh)

    simulator.client.delete("/simulator/faults?kind=jedi_down")

    assert stood == ("running", None)
    assert simulator.statuses(fresh, 40)[-1] == "done"


def test_all_tokens_can_be_refused(simulator: Simulator) -> None:
    simulator.fault("refuse_tokens", count=1)

    answer = simulator.raw("GET", "task/get_status")

    assert (answer.status_code, answer.text[:27]) == (403, "ERROR : Token authenticatio")


def test_a_user_can_have_too_many_active_tasks(simulator: Simulator) -> None:
    simulator.fault("too_many_tasks", limit=1)
    simulator.submit()

    answer = simulator.post("task/submit", task_parameters=simulator.parameters())

    assert (answer["success"], answer["data"]) == (False, 10)
    assert answer["message"] == "Too many active tasks for spdprod demo 1>1"
