"""Equal names: JEDI lets one task live, and a name once used is burnt."""

import pytest

from tests.simulator.conftest import Simulator


@pytest.mark.parametrize(("choice", "winner"), [("oldest", 0), ("newest", 2)])
def test_the_survivor_of_equal_names_can_be_chosen(simulator: Simulator, choice: str, winner: int) -> None:
    simulator.fault("survivor", choice=choice)
    tasks = [simulator.submit(taskName="same") for _ in range(3)]

    simulator.advance(60)

    ends = ["aborted"] * 3
    ends[winner] = "done"
    assert [simulator.status(task_id) for task_id in tasks] == ends
    lost = simulator.info(tasks[1])
    assert lost["taskName"] is None
    assert lost["errorDialog"] == f"toabort since there is duplicated task -> jediTaskID={tasks[winner]}"


def test_without_a_choice_sometimes_the_oldest_and_sometimes_the_newest_survives(
    simulator: Simulator,
) -> None:
    pairs = [
        (simulator.submit(taskName=f"pair.{number}"), simulator.submit(taskName=f"pair.{number}"))
        for number in range(10)
    ]

    simulator.advance(60)

    oldest = sum(simulator.status(first) == "done" for first, _ in pairs)
    newest = sum(simulator.status(second) == "done" for _, second in pairs)
    assert oldest + newest == 10
    assert min(oldest, newest) > 0


def test_another_user_may_use_the_name(simulator: Simulator) -> None:
    tasks = [simulator.submit(taskName="same"), simulator.submit(taskName="same", userName="other")]

    simulator.advance(60)

    assert [simulator.status(task_id) for task_id in tasks] == ["done", "done"]


def test_names_are_only_compared_where_the_task_asks_for_it(simulator: Simulator) -> None:
    tasks = [simulator.submit(taskName="same", uniqueTaskName=False) for _ in range(2)]

    simulator.advance(60)

    assert [simulator.status(task_id) for task_id in tasks] == ["done", "done"]


def test_the_list_counts_what_could_still_run_of_each_name(simulator: Simulator) -> None:
    tasks = [simulator.submit(taskName="same", ticketID="our key") for _ in range(2)]
    before = simulator.control("tasks")["alive"]

    simulator.advance(60)

    assert before == {"same": 2}
    found = simulator.control("tasks?name=same&ticket_id=our%20key")
    assert found["alive"] == {"same": 1}
    assert [task["id"] for task in found["tasks"]] == tasks


@pytest.mark.parametrize("change", [{"vo": None}, {"taskPriority": "high"}, {"vo": "v" * 33}])
def test_unfit_parameters_are_refused_without_a_reason(simulator: Simulator, change: dict) -> None:
    answer = simulator.post("task/submit", task_parameters=simulator.parameters(**change))

    assert answer == {"success": False, "message": "failed to register task", "data": 4}


def test_an_equal_analysis_task_is_refused_while_the_first_is_active(simulator: Simulator) -> None:
    task_id = simulator.submit(taskType="anal", taskName="same")
    queued = simulator.post(
        "task/submit", task_parameters=simulator.parameters(taskType="anal", taskName="same")
    )
    simulator.advance(20)
    running = simulator.post(
        "task/submit", task_parameters=simulator.parameters(taskType="anal", taskName="same")
    )

    assert (queued["success"], queued["data"]) == (False, 1)
    assert (running["success"], running["data"]) == (False, 2)
    assert f"jediTaskID={task_id} is in the running state" in running["message"]


def test_an_equal_analysis_task_runs_the_finished_one_again(simulator: Simulator) -> None:
    task_id = simulator.submit(taskType="anal", taskName="same")
    simulator.advance(60)

    again = simulator.submit(taskType="anal", taskName="same")

    assert again == task_id
    assert simulator.statuses(task_id)[1:3] == ["toincexec", "rerefine"]
    assert simulator.status(task_id) == "done"


def test_somebody_without_the_production_role_gets_an_analysis_task(simulator: Simulator) -> None:
    simulator.headers = simulator.as_viewer()

    task_id = simulator.submit()
    simulator.advance(10)

    info = simulator.info(task_id)
    assert (info["userName"], info["taskType"], info["taskPriority"]) == ("Anna Viewer", "anal", 1000)
