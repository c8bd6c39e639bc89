"""Each reply recorded from a real PanDA, over a real socket, is what it should be for us.

Source of the recordings: panda-server 1.0.4 with JEDI; see the contract tests, which own the file.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.panda import orders, replies
from app.panda.client import PandaClient
from app.panda.errors import PandaError
from app.panda.masking import Mask
from app.panda.transport import Answer
from app.panda.verdict import read_reply, successful_data
from tests.panda.scripted import Notes, answering, http

RECORDINGS = {
    item["id"]: item
    for item in json.loads((Path(__file__).parent.parent / "contract/recordings.json").read_text())
}

SINCE = datetime(2026, 11, 20, tzinfo=UTC)
ORDERS = {
    f"POST {order.method}": order
    for order in (
        orders.kill(),
        orders.finish(soft=True),
        orders.retry(),
        orders.pause(),
        orders.resume(),
        orders.change_priority(5),
    )
}
METHODS: dict[str, Callable[[PandaClient], object]] = {
    "GET system/is_alive": PandaClient.is_alive,
    "GET system/get_user_attributes": PandaClient.user_attributes,
    "POST task/submit": lambda client: client.submit({}),
    "GET task/get_status": lambda client: client.get_status(1),
    "GET task/get_detailed_info": lambda client: client.get_detailed_info(1),
    "GET task/get_task_parameters": lambda client: client.get_task_parameters(1),
    "GET task/get_tasks_modified_since": lambda client: client.tasks_modified_since(SINCE, "u", "managed"),
    "GET task/get_tasks_detailed_info_since": lambda client: client.tasks_detailed_info_since({}),
}

# Class of the error: the recordings it is the answer of. All others are successes.
ERRORS = {
    "OutcomeUnknown": [
        "a001", "a003", "a701",  # a Python repr: the Accept header was not exactly ours
        "a108", "a110", "a112", "a501", "a510",  # "already queued", "is in the running state"
        "a116", "a117", "a118", "a119", "a803",  # code 4
        "a991",  # an old task runs again
    ],
    "AccessRefused": [
        "a011", "a012", "a013", "a014", "a016", "a017", "a018", "a019", "a021", "a022",
        "a113", "a401", "a402", "a403", "a404", "a405", "a406", "a407", "a513",
    ],
    "ArgumentsRefused": ["a024", "a025", "a026", "a114", "a115", "a128", "a704", "a705", "a713"],
    "TaskNotFound": [
        "a015", "a020", "a023", "a103", "a106", "a801", "a952",
        "a408", "a409", "a410", "a411", "a413", "a414", "a415", "a416", "a417", "a418", "a420",
        "a421", "a422", "a953", "a954", "a955",
        "a412", "a956",  # retry says success: its code tells
    ],
    "MethodForbidden": ["a007", "a008", "a009", "a010", "a322", "a706", "a715"],
    "NotInThisState": ["a430", "a431", "a432"],
    "Refused": ["a631"],
}  # fmt: skip
EXPECTED = {short: error for error, shorts in ERRORS.items() for short in shorts}


def body_of(recording: dict) -> str:
    response = recording["response"]
    return response["body"] if "body" in response else json.dumps(response["json"])


def understood(recording: dict, serve: Callable, client_of: Callable) -> object:
    """Give the recorded answer to the client's method, or to the decoder where the client has none."""
    response, request = recording["response"], recording["request"]
    method = f"{request['method']} {urlsplit(request['path']).path.removeprefix('/api/v1/')}"
    if method in ORDERS:
        answer = http(body_of(recording), response["status"], response["content_type"])
        task_id = request.get("json", {}).get("task_id", 1)
        return client_of(serve(answering(answer)).url).order(ORDERS[method], task_id)
    if method not in METHODS:
        return successful_data(read_reply(Answer(response["status"], body_of(recording).encode()), Mask()))
    answer = http(body_of(recording), response["status"], response["content_type"])
    return METHODS[method](client_of(serve(answering(answer)).url))


def outcome_of(recording: dict, serve: Callable, client_of: Callable) -> str:
    try:
        understood(recording, serve, client_of)
    except PandaError as error:
        return type(error).__name__
    return "success"


def test_the_table_names_recordings_that_exist() -> None:
    known = {name.partition("_")[0] for name in RECORDINGS}

    assert len(RECORDINGS) == len(known) == 129
    assert set(EXPECTED) <= known


@pytest.mark.parametrize("name", RECORDINGS)
def test_each_recorded_reply_is_understood(
    serve: Callable, client_of: Callable, notes: Notes, name: str
) -> None:
    outcome = outcome_of(RECORDINGS[name], serve, client_of)

    assert outcome == EXPECTED.get(name.partition("_")[0], "success")
    if notes.requests:
        assert notes.only_outcome().error == (None if outcome == "success" else outcome)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a002_is_alive_accept_json", type(None)),
        ("a005_get_user_attributes", replies.UserAttributes),
        ("a101_submit_prod_unique_1", int),
        ("a105_get_task_parameters_waiting_task", dict),
        ("a301_get_status_1", str),
        ("a304_get_detailed_info", replies.TaskInfo),
    ],
)
def test_a_recorded_success_gives_a_typed_value(
    serve: Callable, client_of: Callable, name: str, kind: type
) -> None:
    assert type(understood(RECORDINGS[name], serve, client_of)) is kind


def test_a_recorded_running_task_is_complete(serve: Callable, client_of: Callable) -> None:
    info = understood(RECORDINGS["a304_get_detailed_info"], serve, client_of)

    assert (info.task_id, info.status, info.user_name) == (1, "running", "Test Producer")
    assert (info.n_files, info.n_finished, info.n_failed) == (10, 0, 0)
    assert info.state_changed_at == datetime(2026, 11, 23, 5, 43, 4, 632649, tzinfo=UTC)
    assert info.modified_at < info.state_changed_at, "PanDA sets modification times back"


def test_recorded_lists_have_all_their_tasks(serve: Callable, client_of: Callable) -> None:
    briefs = understood(RECORDINGS["a309_tasks_modified_since_managed"], serve, client_of)
    infos = understood(RECORDINGS["a315_tasks_detailed_by_name"], serve, client_of)

    assert len(briefs) == len(RECORDINGS["a309_tasks_modified_since_managed"]["response"]["json"]["data"])
    assert {type(brief) for brief in briefs} == {replies.TaskBrief}
    assert [(info.task_id, info.name) for info in infos] == [(8, "spd.legacy.1795412451")]
