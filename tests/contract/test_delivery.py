"""What delivery rests on: lost answers, what can be looked up when, orders in each state, missing rights."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.contract.panda import USER, Panda

UNKNOWN_ID = 2_000_000_000
# Ids above the last known one that are searched for a lost task (RECONCILE_ID_WINDOW).
WINDOW = 200
REJECTED = 4


def found_by(panda: Panda, **filters: str) -> list[int]:
    """Return the ids that JEDI finds for these attributes."""
    since = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S")
    query = {"filters": json.dumps(filters), "since": since}
    answer = panda.get("task/get_tasks_detailed_info_since", **query)
    return [item["jediTaskID"] for item in answer["data"] or []]


def found_by_parameters(panda: Panda, parameters: dict, above: int) -> int | None:
    """Return the id above another one that holds these parameters: PanDA keeps them from the first moment."""
    for task_id in range(above + 1, above + 1 + WINDOW):
        answer = panda.get("task/get_task_parameters", task_id=task_id)
        if answer["success"] and answer["data"].get("ticketID") == parameters["ticketID"]:
            return task_id
        if not answer["success"]:
            return None
    return None


def low_id(panda: Panda) -> int:
    return panda.submit(panda.parameters())


# --- A lost answer


def test_a_request_whose_answer_nobody_reads_is_carried_out(panda: Panda) -> None:
    parameters, low = panda.parameters(), low_id(panda)

    panda.send_and_leave("task/submit", task_parameters=parameters)

    before_jedi = panda.wait_until(lambda: found_by_parameters(panda, parameters, low))
    panda.kill_later(before_jedi)
    panda.wait_for_jedi(before_jedi)  # the name shows later than the key: when it was judged
    by_key = found_by(panda, ticketID=parameters["ticketID"], userName="NOT NULL")
    by_name = found_by(panda, taskName=parameters["taskName"], userName=USER)
    assert [before_jedi] == by_key == by_name


def test_a_request_that_is_cut_half_way_does_nothing(panda: Panda) -> None:
    parameters, low = panda.parameters(), low_id(panda)

    panda.send_and_leave("task/submit", part=0.6, task_parameters=parameters)

    later = panda.submit(panda.parameters())
    panda.wait_for_jedi(later)
    assert found_by_parameters(panda, parameters, low) is None
    assert found_by(panda, taskName=parameters["taskName"], userName=USER) == []


def test_of_a_lost_send_and_its_repetition_one_survives(panda: Panda, fact: Callable) -> None:
    parameters, low = panda.parameters(), low_id(panda)
    panda.send_and_leave("task/submit", task_parameters=parameters)
    lost = panda.wait_until(lambda: found_by_parameters(panda, parameters, low))
    panda.kill_later(lost)

    again = panda.submit(parameters)

    pair = [lost, again]
    panda.wait_until(lambda: "aborted" in {panda.status(task_id) for task_id in pair})
    aborted = [task_id for task_id in pair if panda.status(task_id) == "aborted"]
    assert again != lost
    assert len(aborted) == 1
    fact(
        "of a lost send and its repetition survives",
        "the first",
        "the first" if aborted == [again] else "the second",
    )


# --- What can be looked up when


def test_before_jedi_only_the_parameters_are_there(panda: Panda) -> None:
    parameters = panda.parameters()
    task_id = panda.submit(parameters)

    if panda.status(task_id) is not None:
        pytest.skip("this JEDI was faster than the question")

    assert panda.get("task/get_task_parameters", task_id=task_id)["data"] == parameters
    assert panda.get("task/get_detailed_info", task_id=task_id)["success"] is False
    assert found_by(panda, ticketID=parameters["ticketID"], userName="NOT NULL") == []
    assert found_by(panda, taskName=parameters["taskName"], userName=USER) == []
    assert modified(panda, min_task_id=task_id - 1) == {}


def modified(panda: Panda, **more: object) -> dict:
    since = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S")
    query = {"since": since, "dn": USER, "prod_source_label": "managed"}
    return panda.get("task/get_tasks_modified_since", **(query | more))["data"]


def test_the_bulk_query_asks_for_ids_above_and_for_one_label(panda: Panda) -> None:
    task_id = panda.submit(panda.parameters())
    panda.wait_for_jedi(task_id)

    above, with_own = modified(panda, min_task_id=task_id), modified(panda, min_task_id=task_id - 1)
    other_label = modified(panda, min_task_id=task_id - 1, prod_source_label="user")

    assert (above, list(with_own), other_label) == ({}, [str(task_id)], {})


def test_no_query_takes_several_ids(panda: Panda) -> None:
    answer = panda.raw("GET", "task/get_status", params=[("task_id", 1), ("task_id", 2)])

    assert answer.status_code == 500


def test_a_filter_with_a_pattern_is_applied_after_the_list_was_cut(panda: Panda) -> None:
    parameters = panda.parameters()
    task_id = panda.submit(parameters)
    panda.wait_for_jedi(task_id)

    name = parameters["taskName"]
    exact, pattern = (
        found_by(panda, taskName=name, userName=USER),
        found_by(panda, taskName=f"^{name}$", userName=USER),
    )

    assert exact == [task_id]
    assert set(pattern) <= {task_id}


# --- Orders


def aborted_task(panda: Panda) -> int:
    task_id = panda.submit(panda.parameters())
    panda.wait_for_jedi(task_id)
    panda.post("task/kill", task_id=task_id)
    panda.wait_until(lambda: panda.status(task_id) == "aborted")
    return task_id


@pytest.mark.parametrize("command", ["kill", "finish", "retry", "pause", "resume"])
def test_an_aborted_task_takes_no_order(panda: Panda, command: str) -> None:
    task_id = aborted_task(panda)

    answer = panda.post(f"task/{command}", task_id=task_id)

    assert answer["data"] == REJECTED
    assert answer["success"] is (command == "retry"), "retry says success whatever happens"
    assert panda.status(task_id) == "aborted"


@pytest.mark.parametrize("command", ["kill", "finish", "retry", "pause", "resume"])
def test_an_unknown_task_takes_no_order(panda: Panda, command: str) -> None:
    answer = panda.post(f"task/{command}", task_id=UNKNOWN_ID)

    assert (answer["data"], answer["message"]) == (2, f"jediTaskID={UNKNOWN_ID} not found")


def test_the_priority_of_an_unknown_task_does_not_change(panda: Panda) -> None:
    answer = panda.post("task/change_priority", task_id=UNKNOWN_ID, priority=5)

    assert (answer["success"], answer["message"]) == (False, "Task not found")


def test_a_task_that_is_finished_early_comes_to_an_end(panda: Panda) -> None:
    task_id = panda.submit(panda.parameters(nEvents=10000))
    panda.wait_for_jedi(task_id)
    panda.wait_until(
        lambda: panda.status(task_id) not in {"registered", "defined", "assigning", "ready", "pending"}
    )

    answer = panda.post("task/finish", task_id=task_id, soft=False)

    words = f"command=finish is registered for task ID {task_id}. will be executed in a few minutes"
    assert answer == {"success": True, "message": words, "data": 0}
    ends = {"finishing", "passed", "prepared", "finished", "done", "failed", "aborted"}
    assert panda.wait_until(lambda: (seen := panda.status(task_id)) in ends and seen)


def test_a_second_order_takes_the_place_of_the_first(panda: Panda) -> None:
    task_id = panda.submit(panda.parameters(nEvents=10000))
    panda.wait_for_jedi(task_id)

    answers = [panda.post(f"task/{command}", task_id=task_id) for command in ("pause", "kill")]

    assert [answer["data"] for answer in answers] == [0, 0]
    panda.wait_until(lambda: panda.status(task_id) == "aborted")


def test_a_fresh_task_can_be_killed_as_soon_as_jedi_knows_it(panda: Panda) -> None:
    task_id = panda.submit(panda.parameters())

    panda.wait_until(lambda: panda.post("task/kill", task_id=task_id)["data"] == 0)

    panda.wait_until(lambda: panda.status(task_id) == "aborted")


# --- Rights


def test_without_the_production_role_its_name_is_refused(outsider: Panda) -> None:
    outsider.origin = f"{outsider.vo}:production"

    answer = outsider.raw("GET", "task/get_status", params={"task_id": 1})

    assert answer.status_code == 403
    assert answer.text.endswith(f"Not a member of the {outsider.vo}/production group")


@pytest.mark.parametrize("command", ["kill", "finish", "retry"])
def test_who_has_no_production_role_ends_no_task_of_others(
    panda: Panda, outsider: Panda, command: str
) -> None:
    task_id = panda.submit(panda.parameters())
    panda.wait_for_jedi(task_id)

    answer = outsider.post(f"task/{command}", task_id=task_id)

    words = "not the task owner or no production role"
    assert answer == {"success": False, "message": words, "data": None}


@pytest.mark.parametrize(
    ("command", "more"), [("pause", {}), ("resume", {}), ("change_priority", {"priority": 5})]
)
def test_who_has_no_production_role_steers_nothing(outsider: Panda, command: str, more: dict) -> None:
    answer = outsider.post(f"task/{command}", task_id=UNKNOWN_ID, **more)

    assert answer == {"success": False, "message": "production or pilot role required", "data": None}


def test_without_the_production_role_a_task_becomes_a_users(panda: Panda, outsider: Panda) -> None:
    task_id = outsider.submit(outsider.parameters())
    panda.kill_later(task_id)

    stored = panda.get("task/get_task_parameters", task_id=task_id)["data"]

    assert stored["taskType"] == "anal"
    assert stored["userName"] != USER
