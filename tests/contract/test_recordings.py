"""The simulator is held to the truth: recorded exchanges of a real PanDA are replayed against it."""

import ast
import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.contract.panda import Simulator
from tests.contract.recordings import (
    ENTRIES,
    EXEMPT,
    FAULTS,
    RECORDED_AT,
    TASKS,
    tasks_for,
    token_wish,
    wording,
)
from tests.contract.shape import differences

MOST_EXEMPTIONS = 20
_TASK_METHODS = (
    "submit get_status get_detailed_info get_task_parameters get_tasks_modified_since "
    "get_tasks_detailed_info_since kill finish retry pause resume change_priority"
)
CALLED_BY_THE_SERVICE = {f"task/{name}" for name in _TASK_METHODS.split()} | {
    "system/is_alive",
    "system/get_user_attributes",
}
REPLAYED = [entry_id for entry_id in ENTRIES if entry_id not in EXEMPT]


@pytest.mark.parametrize("entry_id", REPLAYED)
def test_the_reply_is_the_recorded_one(simulator: Simulator, entry_id: str) -> None:
    set_up(simulator, entry_id)

    status, content_type, body = send(simulator, ENTRIES[entry_id]["request"], token_wish(entry_id))

    recorded = ENTRIES[entry_id]["response"]
    assert (status, content_type) == (recorded["status"], recorded["content_type"])
    if status == 200:
        assert_same_answer(entry_id, body)
    else:
        assert wording(body).split() == wording(recorded["body"]).split()


def set_up(simulator: Simulator, entry_id: str) -> None:
    simulator.begin(at=RECORDED_AT)
    for task in tasks_for(entry_id):
        simulator.set_task(**task)
    if entry_id[:4] in FAULTS:
        simulator.fault(FAULTS[entry_id[:4]])


def send(simulator: Simulator, request: dict, wish: dict | str | None) -> tuple[int, str, str]:
    """Send what was recorded and nothing else: http.client adds no Accept header of its own."""
    headers = dict(request["headers"])
    if wish is not None:
        token = wish if isinstance(wish, str) else simulator.token(**wish)
        headers["Authorization"] = f"Bearer {token}"
    body = json.dumps(request["json"]) if "json" in request else request["body"]
    connection = http.client.HTTPConnection(urlsplit(simulator.url).netloc, timeout=20)
    connection.request(request["method"], request["path"], body or None, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, answer.headers["Content-Type"], text


def assert_same_answer(entry_id: str, body: str) -> None:
    recorded = ENTRIES[entry_id]["response"]
    is_json = "json" in recorded
    expected = recorded["json"] if is_json else ast.literal_eval(recorded["body"])
    answer = json.loads(body) if is_json else ast.literal_eval(body)
    assert wording(answer["message"]) == wording(expected["message"])
    assert answer["success"] is expected["success"]
    assert_same_data(entry_id, answer, expected["data"])
    if is_json:
        assert differences(answer, expected, replies_of(path_of(entry_id))) == []


def assert_same_data(entry_id: str, answer: dict, expected: Any) -> None:
    """States and codes are the same; the id of a new task is the one its message names."""
    if answer["message"].startswith("succeeded. new"):
        assert answer["message"].endswith(f"={answer['data']}")
    elif isinstance(expected, (str, int)):
        assert answer["data"] == expected


def path_of(entry_id: str) -> str:
    return urlsplit(ENTRIES[entry_id]["request"]["path"]).path


def replies_of(path: str) -> list[dict]:
    """All recorded JSON replies of a method: together they show what may be null."""
    return [
        entry["response"]["json"]
        for entry_id, entry in ENTRIES.items()
        if path_of(entry_id) == path and "json" in entry["response"]
    ]


def test_the_exemptions_exist_and_are_few() -> None:
    assert EXEMPT.keys() <= ENTRIES.keys()
    assert len(EXEMPT) <= MOST_EXEMPTIONS
    assert all(len(reason) > 20 for reason in EXEMPT.values())


def test_nothing_that_the_service_calls_is_exempt() -> None:
    exempt = {path_of(entry_id).removeprefix("/api/v1/") for entry_id in EXEMPT}

    assert not exempt & CALLED_BY_THE_SERVICE


@pytest.mark.parametrize(
    ("seen", "difference"),
    [
        ({"data": {"id": 1, "names": ["a"]}}, []),
        ({"data": {"id": None, "names": []}}, []),
        ({"data": {"id": "1", "names": ["a"]}}, [".data.id: {'text'} for"]),
        ({"data": {"id": 1}}, ["only one has .data.names"]),
        ({"data": {"id": 1, "names": ["a"], "more": 1}}, ["only one has .data.more"]),
        ({"data": [{"id": 1, "names": ["a"]}]}, ["only one has .data.id"]),
    ],
)
def test_a_difference_in_shape_is_noticed(seen: dict, difference: list[str]) -> None:
    expected, another = {"data": {"id": 7, "names": ["b", "c"]}}, {"data": {"id": None, "names": []}}

    found = differences(seen, expected, [another])

    assert bool(found) == bool(difference)
    assert all(any(item.startswith(part) for item in found) for part in difference)


def test_every_line_of_the_tables_is_used() -> None:
    beginnings = {entry_id[:4] for entry_id in ENTRIES} | {entry_id[:3] for entry_id in ENTRIES}

    assert TASKS.keys() <= beginnings
    assert FAULTS.keys() <= beginnings
