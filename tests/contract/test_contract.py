"""What the service relies on, asked of any PanDA: by default of the simulator, else of --panda-url."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.contract.panda import JSON_HEADERS, USER, Panda

UNKNOWN_ID = 2_000_000_000


def since_yesterday() -> str:
    return (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S")


def modified_since(panda: Panda, task_id: int, **changes: object) -> dict:
    """The bulk query, narrowed so that it stays small on a busy server."""
    query = {
        "since": since_yesterday(),
        "dn": USER,
        "prod_source_label": "managed",
        "min_task_id": task_id - 1,
    }
    return panda.get("task/get_tasks_modified_since", **(query | changes))


def detailed_since(panda: Panda, filters: str) -> dict:
    return panda.get("task/get_tasks_detailed_info_since", filters=filters, since=since_yesterday())


# --- Speaking


def test_the_server_says_it_is_alive_without_a_token(panda: Panda) -> None:
    answer = panda.raw("GET", "system/is_alive", headers=JSON_HEADERS)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.json() == {"success": True, "message": "", "data": None}


def test_our_token_carries_the_production_role(panda: Panda) -> None:
    answer = panda.get("system/get_user_attributes")

    assert answer["data"]["is_production_user"] is True
    assert f"/{panda.vo}/Role=production" in answer["data"]["fqans"]


def test_only_the_exact_header_brings_json(panda: Panda) -> None:
    headers = {"Accept": "application/json, */*"}

    answer = panda.raw("GET", "system/is_alive", headers=headers)

    assert answer.text == "{'success': True, 'message': '', 'data': None}"


def test_an_unknown_method_is_forbidden(panda: Panda) -> None:
    answer = panda.raw("GET", "task/no_such_method")

    assert (answer.status_code, answer.text) == (403, "ERROR : method no_such_method is forbidden")


# --- Signing in


@pytest.mark.parametrize(("verb", "method"), [("GET", "task/get_status"), ("POST", "task/submit")])
def test_without_a_token_nothing_is_done(panda: Panda, verb: str, method: str) -> None:
    answer = panda.raw(verb, method, headers=JSON_HEADERS)

    assert answer.status_code == 200
    assert answer.json() == {"success": False, "message": "SSL secure connection is required", "data": None}


def test_a_token_that_is_none_is_refused(panda: Panda) -> None:
    headers = panda.headers() | {"Authorization": "Bearer garbage"}

    answer = panda.raw("GET", "task/get_status", params={"task_id": 1}, headers=headers)

    assert answer.status_code == 403
    assert answer.text.startswith("ERROR : Token authentication failed.")


def test_a_changed_token_is_refused(panda: Panda) -> None:
    head, claims, signature = panda.token.split(".")
    changed = signature[::-1]
    headers = panda.headers() | {"Authorization": f"Bearer {head}.{claims}.{changed}"}

    answer = panda.raw("GET", "task/get_status", params={"task_id": 1}, headers=headers)

    assert answer.status_code == 403
    assert answer.text.startswith("ERROR : Token authentication failed.")


@pytest.mark.parametrize("origin", [None, "no-such-vo:production"])
def test_the_origin_header_must_name_our_vo(panda: Panda, origin: str | None) -> None:
    headers = panda.headers() | {"Origin": origin}

    answer = panda.raw("GET", "task/get_status", params={"task_id": 1}, headers=headers)

    assert answer.status_code == 403
    assert answer.text.startswith("ERROR : Token authentication failed.")


# --- Arguments


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "Argument error: missing a required argument: 'task_id'"),
        ({"task_id": str(UNKNOWN_ID)}, "Type error: 'task_id' must be of type int, got str."),
        ({"task_id": UNKNOWN_ID, "more": 1}, "Argument error: got an unexpected keyword argument 'more'"),
    ],
)
def test_arguments_of_a_command_are_checked_strictly(panda: Panda, arguments: dict, message: str) -> None:
    answer = panda.post("task/kill", **arguments)

    assert answer == {"success": False, "message": message, "data": None}


def test_task_parameters_must_be_an_object(panda: Panda) -> None:
    answer = panda.post("task/submit", task_parameters="{}")

    assert answer["message"] == "Type error: 'task_parameters' must be of type dict, got str."


def test_a_body_that_is_no_json_is_a_server_error(panda: Panda) -> None:
    answer = panda.raw("POST", "task/kill", data="{")

    assert answer.status_code == 500
    assert answer.text.startswith("ERROR : received invalid JSON")


def test_the_verb_must_be_right(panda: Panda) -> None:
    answer = panda.get("task/submit", task_parameters="1")

    assert answer == {"success": False, "message": "expecting POST, received GET", "data": None}


# --- Submitting


def test_parameters_are_kept_at_once_and_whole(panda: Panda) -> None:
    parameters = panda.parameters(spdKey="our own key", spdList=[1, {"a": None}])

    task_id = panda.submit(parameters)

    assert isinstance(task_id, int)
    assert panda.get("task/get_task_parameters", task_id=task_id)["data"] == parameters


@pytest.mark.parametrize("change", [{"taskName": "x" * 300}, {"vo": None}, {"taskPriority": "high"}])
def test_unfit_parameters_are_refused_without_a_reason(panda: Panda, change: dict) -> None:
    answer = panda.post("task/submit", task_parameters=panda.parameters(**change))

    assert answer == {"success": False, "message": "failed to register task", "data": 4}


def test_a_fresh_task_cannot_be_seen_or_killed(panda: Panda) -> None:
    task_id = panda.submit(panda.parameters())

    seen = panda.get("task/get_status", task_id=task_id)
    if seen["success"]:
        pytest.skip("this JEDI was faster than the question")

    assert seen == {"success": False, "message": "Task not found", "data": None}
    killed = panda.post("task/kill", task_id=task_id)
    assert killed == {"success": False, "message": f"jediTaskID={task_id} not found", "data": 2}


def test_a_task_is_found_by_our_key_and_by_its_name_once_jedi_has_it(panda: Panda) -> None:
    parameters = panda.parameters()
    task_id = panda.submit(parameters)
    panda.wait_for_jedi(task_id)

    by_key = detailed_since(panda, f'{{"ticketID": "{parameters["ticketID"]}", "userName": "NOT NULL"}}')
    by_name = detailed_since(panda, f'{{"taskName": "{parameters["taskName"]}", "userName": "{USER}"}}')

    assert [item["jediTaskID"] for item in by_key["data"]] == [task_id]
    assert [item["jediTaskID"] for item in by_name["data"]] == [task_id]
    assert by_name["data"][0]["ticketID"] == parameters["ticketID"]


def test_of_two_tasks_of_one_name_exactly_one_survives(panda: Panda) -> None:
    parameters = panda.parameters()
    pair = [panda.submit(parameters), panda.submit(parameters)]
    panda.wait_for_jedi(*pair)
    panda.wait_until(lambda: "aborted" in [panda.status(task_id) for task_id in pair])

    lost, survivor = sorted(
        (panda.info(task_id) for task_id in pair), key=lambda info: info["taskName"] or ""
    )

    assert pair[0] != pair[1]
    assert (lost["status"], lost["taskName"]) == ("aborted", None)
    number = survivor["jediTaskID"]
    assert lost["errorDialog"] == f"toabort since there is duplicated task -> jediTaskID={number}"
    assert survivor["taskName"] == parameters["taskName"]
    assert survivor["status"] not in {"aborted", "toabort"}


def test_a_name_is_burnt_by_a_killed_task(panda: Panda) -> None:
    parameters = panda.parameters()
    first = panda.submit(parameters)
    panda.wait_for_jedi(first)
    panda.post("task/kill", task_id=first)
    panda.wait_until(lambda: panda.status(first) == "aborted")

    second = panda.submit(parameters)

    panda.wait_until(lambda: panda.status(second) == "aborted")
    assert panda.info(second)["errorDialog"].endswith(f"jediTaskID={first}")


def test_a_task_without_input_gets_a_job_for_each_started_portion(panda: Panda) -> None:
    task_id = panda.submit(panda.parameters(nEvents=1000, nEventsPerJob=150))

    panda.wait_until(lambda: (panda.status(task_id) or "registered") not in {"registered", "defined"})

    info = panda.wait_until(lambda: (found := panda.info(task_id))["nFiles"] and found)
    assert info["nFiles"] == 7


# --- Asking


def test_an_unknown_task_is_not_found(panda: Panda) -> None:
    assert panda.get("task/get_status", task_id=UNKNOWN_ID)["message"] == "Task not found"
    assert panda.get("task/get_task_parameters", task_id=UNKNOWN_ID)["success"] is False
    assert panda.get("task/get_detailed_info", task_id=UNKNOWN_ID)["success"] is False


def test_the_bulk_query_is_keyed_by_ids_as_texts(panda: Panda) -> None:
    parameters = panda.parameters()
    task_id = panda.submit(parameters)
    panda.wait_for_jedi(task_id)

    found = modified_since(panda, task_id)["data"]

    assert found[str(task_id)]["jediTaskID"] == task_id
    assert found[str(task_id)]["taskName"] == parameters["taskName"]


def test_times_are_utc_and_the_state_has_its_own(panda: Panda) -> None:
    task_id = panda.submit(panda.parameters())
    panda.wait_for_jedi(task_id)

    info = panda.info(task_id)

    created, changed = (read_moment(info[key]) for key in ("creationDate", "stateChangeTime"))
    assert abs(datetime.now(UTC) - created) < timedelta(minutes=30)
    assert created <= changed
    # modificationTime may lie hours back, which the overlap of the service allows for.
    assert read_moment(info["modificationTime"]) > created - timedelta(hours=7)


def read_moment(written: dict) -> datetime:
    return datetime.fromisoformat(written["__datetime__"]).replace(tzinfo=UTC)


@pytest.mark.parametrize("change", [{"since": "yesterday"}, {"dn": "nobody at all"}])
def test_an_empty_list_is_also_the_answer_to_a_bad_question(panda: Panda, change: dict) -> None:
    answer = modified_since(panda, UNKNOWN_ID, **change)

    assert answer == {"success": True, "message": "", "data": {}}


def test_a_filter_must_be_a_text(panda: Panda) -> None:
    answer = panda.raw("GET", "task/get_tasks_detailed_info_since", params={"filters": '{"jediTaskID": 1}'})

    assert answer.status_code == 500


def test_a_filter_must_name_an_attribute(panda: Panda) -> None:
    assert detailed_since(panda, '{"noSuchAttribute": "1"}')["success"] is False


# --- Commands


def test_commands_do_not_know_an_unknown_task(panda: Panda) -> None:
    message = f"jediTaskID={UNKNOWN_ID} not found"

    assert panda.post("task/kill", task_id=UNKNOWN_ID) == {"success": False, "message": message, "data": 2}
    # Retry answers success whatever happens.
    assert panda.post("task/retry", task_id=UNKNOWN_ID) == {"success": True, "message": message, "data": 2}


def test_a_killed_task_ends_aborted(panda: Panda) -> None:
    task_id = panda.submit(panda.parameters())
    panda.wait_for_jedi(task_id)

    answer = panda.post("task/kill", task_id=task_id)

    words = f"command=kill is registered for task ID {task_id}. will be executed in a few minutes"
    assert answer == {"success": True, "message": words, "data": 0}
    panda.wait_until(lambda: panda.status(task_id) == "aborted")


def test_a_retry_of_a_running_task_says_success_and_code_4(panda: Panda) -> None:
    task_id = panda.submit(panda.parameters())
    panda.wait_for_jedi(task_id)

    answer = panda.post("task/retry", task_id=task_id)

    assert (answer["success"], answer["data"]) == (True, 4)
    assert answer["message"].startswith("Command rejected: the retry command is not accepted")


def test_a_paused_task_can_be_resumed(panda: Panda) -> None:
    task_id = panda.submit(panda.parameters(nEvents=10000))
    panda.wait_for_jedi(task_id)
    panda.post("task/pause", task_id=task_id)
    panda.wait_until(lambda: panda.status(task_id) == "paused")

    answer = panda.post("task/resume", task_id=task_id)

    assert (answer["success"], answer["data"]) == (True, 0)
    panda.wait_until(lambda: panda.status(task_id) != "paused")


def test_the_priority_changes_at_once(panda: Panda) -> None:
    task_id = panda.submit(panda.parameters())
    panda.wait_for_jedi(task_id)

    answer = panda.post("task/change_priority", task_id=task_id, priority=77)

    assert answer == {"success": True, "message": "1 tasks changed", "data": None}
    info = panda.info(task_id)
    assert (info["taskPriority"], info["currentPriority"]) == (100, 77)


# --- Chains


def test_a_child_waits_for_its_parent(panda: Panda) -> None:
    parent = panda.submit(panda.parameters(nEvents=100000))
    child = panda.submit(panda.parameters(), parent_tid=parent)

    panda.wait_until(lambda: panda.status(child) == "pending")

    info = panda.info(child)
    assert info["parent_tid"] == parent
    assert info["errorDialog"] == f"pending until parent task {parent} is done"


def test_a_child_of_an_unknown_parent_is_broken(panda: Panda) -> None:
    child = panda.submit(panda.parameters(), parent_tid=UNKNOWN_ID)

    panda.wait_until(lambda: panda.status(child) == "broken")

    assert panda.info(child)["errorDialog"] == f"parent task {UNKNOWN_ID} failed to complete"
