"""Parents and children."""

import pytest

from tests.simulator.conftest import Simulator


def test_a_child_runs_when_its_parent_is_done(simulator: Simulator) -> None:
    parent = simulator.submit()
    child = simulator.submit(parent_tid=parent)

    seen = simulator.statuses(child)

    assert seen == [None, "registered", "pending", "defined", "ready", "running", "done"]
    assert simulator.get("task/get_parent_detailed_info", task_id=child)["data"]["jediTaskID"] == parent


def test_a_child_ends_finished_while_its_parent_is_not_done(simulator: Simulator) -> None:
    simulator.fault("outcome", outcome="finished", count=1)
    parent = simulator.submit()
    child = simulator.submit(parent_tid=parent)

    simulator.advance(200)

    assert (simulator.status(parent), simulator.status(child)) == ("finished", "finished")
    assert simulator.counts(child) == (10, 10, 0)


def test_a_retry_of_the_parent_runs_the_child_again_to_done(simulator: Simulator) -> None:
    simulator.fault("outcome", outcome="finished", count=1)
    parent = simulator.submit()
    child = simulator.submit(parent_tid=parent)
    simulator.advance(200)

    simulator.post("task/retry", task_id=parent)
    simulator.advance(200)

    assert (simulator.status(parent), simulator.status(child)) == ("done", "done")


def test_a_retry_can_leave_the_children_alone(simulator: Simulator) -> None:
    simulator.fault("outcome", outcome="finished", count=1)
    parent = simulator.submit()
    child = simulator.submit(parent_tid=parent)
    simulator.advance(200)

    simulator.post("task/retry", task_id=parent, no_child_retry=True)
    simulator.advance(200)

    assert (simulator.status(parent), simulator.status(child)) == ("done", "finished")


def test_a_failed_parent_aborts_its_children(simulator: Simulator) -> None:
    simulator.fault("outcome", outcome="failed", count=1)
    parent = simulator.submit()
    waiting = simulator.submit(parent_tid=parent)
    eager = simulator.submit(parent_tid=parent, noWaitParent=True, nEvents=10000)
    grandchild = simulator.submit(parent_tid=waiting)

    simulator.advance(100)

    assert [simulator.status(task_id) for task_id in (waiting, eager, grandchild)] == ["aborted"] * 3
    assert simulator.info(waiting)["errorDialog"] == f"parent task {parent} failed to complete"


def test_a_child_that_does_not_wait_runs_beside_its_parent(simulator: Simulator) -> None:
    parent = simulator.submit(nEvents=10000)
    child = simulator.submit(parent_tid=parent, noWaitParent=True)

    simulator.advance(20)

    assert (simulator.status(parent), simulator.status(child)) == ("running", "running")


@pytest.mark.parametrize("end", ["failed", "broken", "aborted"])
def test_a_child_of_a_dead_parent_is_broken(simulator: Simulator, end: str) -> None:
    parent = simulator.submit()
    simulator.control("tasks", {"id": parent, "status": end})

    child = simulator.submit(parent_tid=parent)
    simulator.advance(20)

    assert simulator.status(child) == "broken"


def test_a_waiting_parent_of_another_kind_is_unknown_to_jedi(simulator: Simulator) -> None:
    parent = simulator.submit(prodSourceLabel="test")
    simulator.control("tasks", {"id": parent, "stays": True})

    child = simulator.submit(parent_tid=parent)
    simulator.advance(20)

    assert simulator.status(child) == "broken"


def test_a_parent_can_be_named(simulator: Simulator) -> None:
    parent = simulator.submit(taskName="the parent")
    simulator.advance(10)

    child = simulator.submit(parentTaskName="the parent")
    orphan = simulator.post("task/submit", task_parameters=simulator.parameters(parentTaskName="nobody"))

    simulator.advance(9)
    assert simulator.info(child)["parent_tid"] == parent
    assert (orphan["success"], orphan["data"]) == (False, 11)


def test_a_paused_child_asks_its_parent_again(simulator: Simulator) -> None:
    parent = simulator.submit()
    child = simulator.submit(parent_tid=parent)
    simulator.advance(10)
    simulator.post("task/pause", task_id=child)
    simulator.advance(60)
    assert simulator.status(parent) == "done"

    simulator.post("task/resume", task_id=child)

    assert simulator.statuses(child)[:3] == ["paused", "rerefine", "defined"]


def test_a_task_without_parent_says_so(simulator: Simulator) -> None:
    task_id = simulator.submit()
    simulator.advance(20)

    answer = simulator.get("task/get_parent_detailed_info", task_id=task_id)

    assert (answer["success"], answer["message"]) == (False, "No parent task found")
