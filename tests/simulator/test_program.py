"""The simulator as a program: what it keeps, whom it serves, how it signs in."""

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from app.panda.simulator import create_app
from app.panda.simulator.identity import clean_name
from tests.simulator.conftest import VO, Simulator
from tests.simulator.program import Program


@pytest.mark.crash
def test_tasks_keys_and_clock_survive_a_kill(
    simulator: Simulator, start: Callable[..., Program], tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    program = start(folder, "flask")
    token = requests.post(f"{program.url}/simulator/tokens", json={}, timeout=30).json()["access_token"]
    headers = simulator.headers | {"Authorization": f"Bearer {token}"}
    requests.post(f"{program.url}/simulator/clock", json={"freeze": True}, timeout=30)
    body = {"task_parameters": simulator.parameters()}
    submitted = requests.post(f"{program.url}/api/v1/task/submit", json=body, headers=headers, timeout=30)
    requests.post(f"{program.url}/simulator/clock", json={"advance": 20}, timeout=30)
    program.kill()

    again = start(folder, "gunicorn")
    query = {"task_id": submitted.json()["data"]}
    status = requests.get(f"{again.url}/api/v1/task/get_status", params=query, headers=headers, timeout=30)

    assert status.json()["data"] == "running"


def test_many_threads_get_a_task_each(simulator: Simulator, served: str) -> None:
    def submit(number: int) -> int:
        body = {"task_parameters": simulator.parameters(taskName=f"thread.{number}")}
        answer = requests.post(
            f"{served}/api/v1/task/submit", json=body, headers=simulator.headers, timeout=30
        )
        return answer.json()["data"]

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(submit, range(40)))

    assert sorted(ids) == list(range(1, 41))


@pytest.mark.parametrize(
    ("address", "headers"),
    [("192.0.2.1", {}), ("", {}), ("127.0.0.1", {"X-Forwarded-For": "192.0.2.1"})],
)
def test_strangers_are_refused(simulator: Simulator, address: str, headers: dict) -> None:
    answer = simulator.client.get(
        "/api/v1/system/is_alive", environ_base={"REMOTE_ADDR": address}, headers=headers
    )

    assert answer.status_code == 403


def test_the_demo_client_gets_a_token_that_works(simulator: Simulator, tmp_path: Path) -> None:
    secret_file = tmp_path / "simulator/panda_client_secret"
    form = {"grant_type": "client_credentials"}

    granted = simulator.client.post(
        "/simulator/token", data=form, auth=("spd-demo-producer", secret_file.read_text())
    )

    assert granted.get_json()["token_type"] == "Bearer"
    simulator.headers["Authorization"] = f"Bearer {granted.get_json()['access_token']}"
    assert simulator.get("system/get_user_attributes")["data"]["is_production_user"] is True
    assert stat.S_IMODE(secret_file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"grant_type": "password"}, 400),
        ({"grant_type": "client_credentials"}, 401),
        ({"grant_type": "client_credentials", "client_id": "spd-demo-producer", "client_secret": "no"}, 401),
    ],
)
def test_others_get_no_token(simulator: Simulator, form: dict, status: int) -> None:
    assert simulator.client.post("/simulator/token", data=form).status_code == status


def test_only_known_kinds_of_tokens_are_made(simulator: Simulator) -> None:
    assert simulator.client.post("/simulator/tokens", json={"kind": "magic"}).status_code == 400


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ({"lifetime_seconds": -1}, "Invalid token. Signature has expired"),
        ({"kind": "other_key"}, "Invalid token. Signature verification failed"),
        ({"kind": "unknown_kid"}, "Invalid token. JWK not found for kid=nokid"),
        ({"kind": "other_issuer"}, "Invalid token. failed to decode: Invalid issuer"),
        ({"groups": [VO]}, f"Not a member of the {VO}/production group"),
    ],
)
def test_a_wrong_token_is_refused_in_the_words_of_panda(
    simulator: Simulator, wish: dict, reason: str
) -> None:
    simulator.headers["Authorization"] = f"Bearer {simulator.token(**wish)}"

    answer = simulator.raw("GET", "task/get_status")

    assert (answer.status_code, answer.text) == (403, f"ERROR : Token authentication failed. {reason}")


@pytest.mark.parametrize(
    ("origin", "reason"), [(None, "Token decode failure."), (VO, "Unknown vo : spd.nica")]
)
def test_a_wrong_origin_is_refused(simulator: Simulator, origin: str | None, reason: str) -> None:
    del simulator.headers["Origin"]
    simulator.headers |= {"Origin": origin} if origin else {}

    answer = simulator.raw("GET", "task/get_status")

    assert answer.status_code == 403
    assert answer.text.startswith(f"ERROR : Token authentication failed. {reason}")


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/api/v1/task/nothing", 403, "ERROR : method nothing is forbidden"),
        ("/api/latest/task/get_status", 403, "ERROR : method get_status is forbidden"),
        ("/server/panda/killTask", 403, "ERROR : method killTask is forbidden"),
        ("/elsewhere", 404, "<!DOCTYPE HTML PUBLIC"),
    ],
)
def test_unknown_addresses_are_forbidden_or_not_found(
    simulator: Simulator, path: str, status: int, body: str
) -> None:
    answer = simulator.client.get(path)

    assert answer.status_code == status
    assert answer.text.startswith(body)


def test_something_that_is_no_token_is_refused(simulator: Simulator) -> None:
    simulator.headers["Authorization"] = "Bearer garbage"

    assert simulator.raw("GET", "task/get_status").text.endswith("Invalid token. Not enough segments")


def test_a_token_without_a_readable_header_is_refused(simulator: Simulator) -> None:
    simulator.headers["Authorization"] = "Bearer a.b.c"

    answer = simulator.raw("GET", "task/get_status")

    assert answer.status_code == 403
    assert "Invalid token. Invalid header" in answer.text


def test_a_vo_without_dots_needs_no_role(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SIMULATOR_VO", "spd")
    plain = Simulator()
    plain.headers["Origin"] = "spd"

    data = plain.get("system/get_user_attributes")["data"]

    assert (data["fqans"], data["is_production_user"]) == ([], False)


@pytest.mark.parametrize(
    ("dn", "name"),
    [
        ("Test Producer/CN=nickname:producer", "Test Producer"),
        ("/DC=org/O=grid/CN=Anna Viewer 2/CN=1234", "Anna Viewer"),
        ("spdprod demo", "spdprod demo"),
        ("Anna (SPD)_7", "Anna SPD"),
    ],
)
def test_names_are_cleaned_as_panda_does(dn: str, name: str) -> None:
    assert clean_name(dn) == name


def test_the_clock_can_be_stopped_moved_and_let_go(simulator: Simulator) -> None:
    stopped = simulator.control("clock", {"freeze": True, "at": 1000.0})
    moved = simulator.control("clock", {"advance": 5})
    going = simulator.control("clock", {"run": True})
    real = simulator.control("clock", {"reset": True})

    assert (stopped["now"], stopped["moment"]) == (1000.0, {"__datetime__": "1970-01-01T00:16:40.000000"})
    assert moved["now"] == 1005.0
    assert (going["frozen"], int(going["now"])) == (False, 1005)
    assert real["now"] > 1_700_000_000


def test_tests_can_set_tasks_and_begin_anew(simulator: Simulator) -> None:
    wishes = [
        {"id": 7, "parameters": simulator.parameters(), "status": "done"},
        {"parameters": simulator.parameters(), "status": "running", "n_finished": 4},
    ]

    made = simulator.control("tasks", wishes)["tasks"]
    unknown = simulator.client.post("/simulator/tasks", json={"id": 99, "status": "done"})
    simulator.control("begin", {"freeze": True})

    assert [(task["id"], task["status"], task["finished"]) for task in made] == [
        (7, "done", 10),
        (8, "running", 4),
    ]
    assert unknown.status_code == 404
    assert simulator.control("tasks")["tasks"] == []
    assert simulator.submit() == 1


def test_a_time_scale_must_be_above_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMULATOR_TIME_SCALE", "0")

    with pytest.raises(ValueError, match="above 0"):
        create_app()
