"""Commands are accepted by status, wait in the task's one slot, and are executed later."""

import pytest

from tests.simulator.conftest import Simulator


@pytest.fixture
def running(simulator: Simulator) -> int:
    task_id = simulator.submit(nEvents=10000)
    simulator.advance(30)
    assert simulator.status(task_id) == "running"
    return task_id


def test_a_killed_task_is_aborted_step_by_step(simulator: Simulator, running: int) -> None:
    simulator.post("task/kill", task_id=running)

    assert simulator.statuses(running, 30) == ["running", "aborting", "toabort", "aborted"]
    assert simulator.info(running)["errorDialog"] == "kill by Test Producer"


def test_a_finished_early_task_keeps_what_it_has_done(simulator: Simulator, running: int) -> None:
    simulator.post("task/finish", task_id=running, soft=True)

    assert simulator.statuses(running, 30) == ["running", "finishing", "passed", "finished"]
    files, finished, failed = simulator.counts(running)
    assert 0 < finished < files
    assert failed == 0


def test_a_paused_task_stands_still_and_goes_on_where_it_was(simulator: Simulator, running: int) -> None:
    simulator.post("task/pause", task_id=running)
    simulator.advance(15)
    before = simulator.counts(running)
    simulator.advance(1000)
    after = simulator.counts(running)

    simulator.post("task/resume", task_id=running)

    assert before == after
    assert simulator.statuses(running) == ["paused", "running", "done"]


def test_a_second_command_takes_the_place_of_the_first(simulator: Simulator, running: int) -> None:
    simulator.post("task/kill", task_id=running)
    simulator.post("task/pause", task_id=running)

    simulator.advance(30)

    assert simulator.status(running) == "paused"


def test_a_command_is_dropped_when_the_task_is_over_before(simulator: Simulator) -> None:
    task_id = simulator.submit()
    simulator.advance(25)
    answer = simulator.post("task/pause", task_id=task_id)

    simulator.advance(100)

    assert answer["data"] == 0
    assert simulator.status(task_id) == "done"
    assert simulator.control("tasks")["tasks"][0]["command"] is None


def test_a_task_that_began_to_end_takes_no_command_any_more(simulator: Simulator, running: int) -> None:
    simulator.control("tasks", {"id": running, "status": "passed", "stays": True})
    simulator.post("task/pause", task_id=running)

    simulator.advance(30)

    assert simulator.status(running) == "passed"


@pytest.mark.parametrize(
    ("method", "statuses"),
    [
        ("release", ["running", "done"]),
        ("reassign", ["running", "toreassign", "ready", "running", "done"]),
        ("reactivate", ["ready", "running", "done"]),
    ],
)
def test_a_running_task_goes_on_after(
    simulator: Simulator, running: int, method: str, statuses: list[str]
) -> None:
    answer = simulator.post(f"task/{method}", task_id=running)

    assert answer["data"] == 0
    assert simulator.statuses(running) == statuses


def test_scouting_can_be_skipped(simulator: Simulator) -> None:
    task_id = simulator.submit()
    simulator.control("tasks", {"id": task_id, "status": "scouting", "stays": True})

    simulator.post("task/avalanche", task_id=task_id)
    simulator.advance(13)

    assert simulator.status(task_id) == "running"


def test_input_can_be_loaded_again_into_an_ended_task(simulator: Simulator) -> None:
    task_id = simulator.submit()
    simulator.advance(60)

    simulator.post("task/reload_input", task_id=task_id)

    assert simulator.statuses(task_id)[1:] == ["toincexec", "rerefine", "defined", "ready", "running", "done"]


def test_a_retry_with_new_parameters_is_a_new_task(simulator: Simulator) -> None:
    task_id = simulator.submit()
    simulator.advance(60)

    answer = simulator.post("task/retry", task_id=task_id, new_parameters={"nEvents": 5})
    as_text = simulator.post("task/retry", task_id=task_id, new_parameters='{"nEvents": 6}')

    assert answer["message"] == f"succeeded. new jediTaskID={task_id + 1}"
    assert simulator.get("task/get_task_parameters", task_id=as_text["data"])["data"]["nEvents"] == 6


def test_the_priority_of_a_fresh_task_changes_though_it_is_not_found(simulator: Simulator) -> None:
    task_id = simulator.submit()

    answer = simulator.post("task/change_priority", task_id=task_id, priority=1)

    assert answer["message"] == "Task not found"
    simulator.advance(10)
    assert simulator.info(task_id)["currentPriority"] == 1


@pytest.mark.parametrize(
    ("method", "arguments", "key", "value"),
    [
        ("change_attribute", {"attribute_name": "ramCount", "value": 77}, "ramCount", 77),
        ("change_attribute", {"attribute_name": "wallTime", "value": 78}, "walltime", 78),
        ("change_split_rule", {"attribute_name": "NF", "value": "2"}, "splitRule", "NF=2"),
    ],
)
def test_attributes_change_at_once(
    simulator: Simulator, running: int, method: str, arguments: dict, key: str, value: object
) -> None:
    answer = simulator.post(f"task/{method}", task_id=running, **arguments)

    assert answer["message"] == "1 tasks changed"
    assert str(simulator.info(running)[key]).endswith(str(value))


@pytest.mark.parametrize("method", ["change_attribute", "change_split_rule"])
def test_other_attributes_cannot_be_changed(simulator: Simulator, running: int, method: str) -> None:
    value = 1 if method == "change_attribute" else "1"
    answer = simulator.post(f"task/{method}", task_id=running, attribute_name="nothing", value=value)

    assert answer["success"] is False
    assert answer["message"].startswith("nothing is not a valid attribute")


def test_the_modification_time_can_be_moved(simulator: Simulator, running: int) -> None:
    simulator.post("task/change_modification_time", task_id=running, hour_offset=12)

    info = simulator.info(running)

    assert info["modificationTime"]["__datetime__"] > info["stateChangeTime"]["__datetime__"]


def test_attempts_can_be_increased_but_not_decreased(simulator: Simulator, running: int) -> None:
    assert simulator.post("task/increase_attempts", task_id=running, increase=3)["data"] == 0
    assert simulator.post("task/increase_attempts", task_id=running, increase=-1)["success"] is False
    assert simulator.post("task/increase_attempts", task_id=999, increase=3)["data"] == 1


def test_only_a_producer_retries_an_exhausted_task(simulator: Simulator) -> None:
    producer, simulator.headers = simulator.headers, simulator.as_viewer()
    task_id = simulator.submit()
    simulator.control("tasks", {"id": task_id, "status": "exhausted"})

    refused = simulator.post("task/retry", task_id=task_id)
    simulator.headers = producer
    accepted = simulator.post("task/retry", task_id=task_id)

    assert (refused["data"], accepted["data"]) == (4, 0)


def test_others_kill_nothing_without_the_production_role(simulator: Simulator, running: int) -> None:
    simulator.headers = simulator.as_viewer()

    answer = simulator.post("task/kill", task_id=running)

    assert answer["message"] == "not the task owner or no production role"


def test_the_owner_kills_without_the_production_role(simulator: Simulator) -> None:
    simulator.headers = simulator.as_viewer()
    task_id = simulator.submit()
    simulator.advance(20)

    assert simulator.post("task/kill", task_id=task_id)["data"] == 0
    assert simulator.post("task/pause", task_id=task_id)["message"] == "production or pilot role required"


def test_every_order_that_was_taken_is_counted(simulator: Simulator, running: int) -> None:
    for name in ("kill", "pause", "resume", "kill"):
        simulator.post(f"task/{name}", task_id=running)
    simulator.post("task/change_priority", task_id=running, priority=1)

    (there,) = simulator.control("tasks")["tasks"]

    assert there["asked"] == ["kill", "pause", "kill", "change_priority"], "a running task is not resumed"
