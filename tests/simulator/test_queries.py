"""Queries beyond what the recordings show."""

import gzip
import json

import pytest

from tests.simulator.conftest import USER, Simulator

SPLIT_RULE = {"task_id": 9, "attribute_name": "NF", "value": "2"}


@pytest.fixture
def task_id(simulator: Simulator) -> int:
    output = {"type": "template", "param_type": "output", "dataset": "out", "value": "--o=f.${SN}.root"}
    log = {"type": "template", "param_type": "log", "dataset": "logs", "value": "f.${SN}.tgz"}
    constant = {"type": "constant", "value": "--go"}
    task_id = simulator.submit(
        jobParameters=[constant, output], log=log, ticketID="our key", campaign="MC2027"
    )
    simulator.advance(25)
    return task_id


def found(simulator: Simulator, filters: dict, **more: object) -> list[int]:
    answer = simulator.get("task/get_tasks_detailed_info_since", filters=json.dumps(filters), **more)
    return [item["jediTaskID"] for item in answer["data"]]


@pytest.mark.parametrize(
    ("filters", "is_found"),
    [
        ({"userName": USER}, True),
        ({}, False),
        ({"ticketID": "our key", "userName": "NOT NULL"}, True),
        ({"ticketID": "another", "userName": "NOT NULL"}, False),
        ({"userName": USER, "campaign": "MC2027"}, True),
        ({"userName": USER, "campaign": "NULL"}, False),
        ({"userName": USER, "framework": "NULL"}, True),
        ({"userName": USER, "framework": "x"}, False),
        ({"userName": USER, "status": "running|done"}, True),
        ({"userName": USER, "status": "^done$"}, False),
        ({"userName": USER, "taskName": "task.1"}, True),
    ],
)
def test_filters_choose_by_equality_null_and_pattern(
    simulator: Simulator, task_id: int, filters: dict, is_found: bool
) -> None:
    assert found(simulator, filters) == ([task_id] if is_found else [])


def test_patterns_are_applied_after_the_list_was_cut(simulator: Simulator, task_id: int) -> None:
    second = simulator.submit(taskName="second")
    simulator.advance(20)

    filters = {"userName": USER, "taskName": "sec.*"}

    assert found(simulator, filters) == [second]
    assert found(simulator, filters, n_tasks=1) == []


def test_filters_that_are_no_json_are_refused(simulator: Simulator) -> None:
    assert simulator.get("task/get_tasks_detailed_info_since", filters="{")["success"] is False


def test_the_bulk_query_looks_thirty_days_back(simulator: Simulator, task_id: int) -> None:
    simulator.control("clock", {"advance": 31 * 86400})
    fresh = simulator.submit()
    simulator.advance(10)

    answer = simulator.get(
        "task/get_tasks_modified_since",
        since="2000-01-01 00:00:00",
        dn=USER,
        prod_source_label="managed",
        full="true",
    )

    assert [item["jediTaskID"] for item in answer["data"].values()] == [fresh]


def test_jobs_and_files_follow_the_counts(simulator: Simulator, task_id: int) -> None:
    jobs = simulator.get("task/get_job_ids", task_id=task_id)["data"]
    files = simulator.get("task/get_datasets_and_files", task_id=task_id, dataset_types=["output", "log"])

    assert len(set(jobs)) == 10
    output, log = files["data"]
    assert (output["dataset"]["name"], log["dataset"]["name"]) == ("out", "logs")
    assert (output["files"][0]["lfn"], output["files"][0]["status"]) == ("f.000001.root", "finished")
    assert output["files"][-1]["status"] == "running"


def test_failed_files_are_shown(simulator: Simulator) -> None:
    simulator.fault("outcome", outcome="finished", count=1)
    task_id = simulator.submit()
    simulator.advance(100)

    files = simulator.get("task/get_datasets_and_files", task_id=task_id, dataset_types="pseudo_input")

    assert [item["status"] for item in files["data"][0]["files"]] == ["finished"] * 5 + ["failed"] * 5


def test_a_task_without_jobs_shows_none(simulator: Simulator) -> None:
    task_id = simulator.submit()

    assert simulator.get("task/get_job_ids", task_id=task_id)["data"] == []
    files = simulator.get("task/get_datasets_and_files", task_id=task_id)
    assert files["message"] == "No data found for the task"


def test_a_kind_of_dataset_that_the_task_lacks_is_not_found(simulator: Simulator, task_id: int) -> None:
    files = simulator.get("task/get_datasets_and_files", task_id=task_id, dataset_types="input")

    assert files["message"] == "No data found for the task"


def test_details_tell_the_counts_as_a_text(simulator: Simulator, task_id: int) -> None:
    details = simulator.get("task/get_details", task_id=task_id)["data"]

    assert details["statistics"] == "finished*5,picked*5"
    assert (details["inDS"], details["outDS"]) == ("pseudo_dataset", "out,logs")


def test_details_of_an_unknown_task_are_empty(simulator: Simulator) -> None:
    answer = simulator.get("task/get_details", task_id=99, include_status="true")

    assert (answer["success"], answer["data"]["statistics"], answer["data"]["PandaID"]) == (True, "", [])


def test_details_show_the_status_where_it_is_asked_for(simulator: Simulator, task_id: int) -> None:
    answer = simulator.get("task/get_details", task_id=task_id, include_status="true")

    assert answer["data"]["status"] == "running"


def test_jedi_rewrites_the_names_of_files(simulator: Simulator, task_id: int) -> None:
    info = simulator.info(task_id)

    assert info["job_execution_params"] == "--go --o=${OUTPUT0}"
    assert info["raw_task_params"]["log"]["value"] == "${LOG0}"


@pytest.mark.parametrize("query", ["task_id=1&task_id=3", ""])
def test_an_id_given_twice_is_a_server_error(simulator: Simulator, query: str) -> None:
    answer = simulator.client.get(f"/api/v1/task/get_status?{query}", headers=simulator.headers)

    assert answer.status_code == (500 if query else 200)


@pytest.mark.parametrize(("value", "status"), [("12", 200), ("12.0", 200), ("twelve", 200)])
def test_numbers_of_a_query_are_cast(simulator: Simulator, value: str, status: int) -> None:
    answer = simulator.raw("GET", "task/get_details", query_string={"task_id": value})

    assert answer.status_code == status
    assert answer.get_json(force=True)["success"] is (value != "twelve")


def test_a_number_given_twice_is_a_server_error(simulator: Simulator) -> None:
    answer = simulator.raw("GET", "task/get_details", query_string={"task_id": ["1", "2"]})

    assert answer.status_code == 500


@pytest.mark.parametrize(
    ("verb", "method", "options", "message"),
    [
        ("POST", "get_status", {"json": {}}, "expecting GET, received POST"),
        ("POST", "kill", {"json": {"task_id": "3"}}, "Type error: 'task_id' must be of type int, got str."),
        ("GET", "get_status", {"query_string": {"task_id": "x"}}, "jediTaskID must be an integer"),
        ("GET", "get_task_parameters", {"query_string": {"task_id": "9"}}, "Task not found"),
        ("POST", "change_split_rule", {"json": SPLIT_RULE}, "Task not found"),
    ],
)
def test_wrong_calls_are_refused(
    simulator: Simulator, verb: str, method: str, options: dict, message: str
) -> None:
    answer = simulator.raw(verb, f"task/{method}", **options).get_json(force=True)

    assert answer == {"success": False, "message": message, "data": None}


def test_nobody_gets_nothing(simulator: Simulator) -> None:
    answer = simulator.client.get("/api/v1/task/get_status?task_id=1", headers={"Accept": "application/json"})

    assert answer.get_json(force=True)["message"] == "SSL secure connection is required"


@pytest.mark.parametrize(
    ("query", "status"),
    [({"since": "never"}, 200), ({"since": "2026-01-01 00:00:00", "min_task_id": "1.0"}, 200)],
)
def test_the_bulk_query_answers_bad_questions_with_nothing(
    simulator: Simulator, task_id: int, query: dict, status: int
) -> None:
    answer = simulator.raw("GET", "task/get_tasks_modified_since", query_string=query)

    assert answer.status_code == status
    assert answer.get_json(force=True)["data"] == {}


@pytest.mark.parametrize("filters", ['{"jediTaskID": 1}', '{"nothing": "1"}'])
def test_filters_of_a_wrong_kind_give_no_list(simulator: Simulator, filters: str) -> None:
    answer = simulator.raw("GET", "task/get_tasks_detailed_info_since", query_string={"filters": filters})

    assert '"success": true' not in answer.text


def test_a_compressed_body_is_read(simulator: Simulator) -> None:
    headers = simulator.headers | {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    body = gzip.compress(json.dumps({"task_id": 9}).encode())

    good = simulator.raw("POST", "task/kill", data=body, headers=headers)
    bad = simulator.raw("POST", "task/kill", data=body, headers=headers | {"Content-Encoding": ""})

    assert good.get_json(force=True)["message"] == "jediTaskID=9 not found"
    assert bad.status_code == 500


def test_a_body_that_is_no_object_is_a_server_error(simulator: Simulator) -> None:
    answer = simulator.raw("POST", "task/kill", json=[1])

    assert answer.status_code == 500


def test_json_with_a_charset_is_not_recognised(simulator: Simulator) -> None:
    headers = simulator.headers | {"Content-Type": "application/json; charset=utf-8"}

    answer = simulator.raw("POST", "task/kill", data='{"task_id": 9}', headers=headers)

    assert "missing a required argument" in answer.text
