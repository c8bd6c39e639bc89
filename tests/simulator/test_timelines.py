"""Tasks move in time as timelines.txt says."""

from itertools import pairwise

import pytest

from tests.simulator.conftest import USER, Simulator

NO_OBJECTS = "failed to extract common parameters : jobParameters is not a list of objects"


def test_a_small_task_goes_from_not_found_to_done(simulator: Simulator) -> None:
    task_id = simulator.submit()

    seen = simulator.statuses(task_id, seconds=40)

    assert seen == [None, "registered", "defined", "ready", "running", "done"]
    assert simulator.counts(task_id) == (10, 10, 0)


@pytest.mark.parametrize(("jobs", "seconds"), [(10, 30), (1000, 60)])
def test_the_pace_is_that_of_the_demo(simulator: Simulator, jobs: int, seconds: int) -> None:
    task_id = simulator.submit(nEvents=jobs, nEventsPerJob=1)

    simulator.advance(seconds - 2)
    assert simulator.status(task_id) == "running"
    simulator.advance(4)

    assert simulator.status(task_id) == "done"


def test_the_time_scale_makes_everything_faster(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMULATOR_TIME_SCALE", "10")
    faster = Simulator()
    before = faster.control("clock")["now"]

    task_id = faster.submit()
    faster.advance(40)

    assert faster.status(task_id) == "done"
    assert faster.control("clock")["now"] == pytest.approx(before + 4)


def test_jobs_finish_little_by_little(simulator: Simulator) -> None:
    task_id = simulator.submit(nEvents=1000)
    simulator.advance(18)

    figures = []
    for _ in range(5):
        figures.append(simulator.counts(task_id)[1])
        simulator.advance(5)

    assert figures[0] == 0
    assert all(earlier < later for earlier, later in pairwise(figures))


def test_modification_time_jumps_back_when_jobs_are_made(simulator: Simulator) -> None:
    task_id = simulator.submit()
    simulator.advance(18)

    info = simulator.info(task_id)

    assert info["status"] == "running"
    assert info["modificationTime"]["__datetime__"] < info["creationDate"]["__datetime__"]
    assert info["stateChangeTime"]["__datetime__"] > info["creationDate"]["__datetime__"]


def test_scouts_run_first_where_they_are_not_skipped(simulator: Simulator) -> None:
    parameters = simulator.parameters()
    del parameters["skipScout"]
    task_id = simulator.post("task/submit", task_parameters=parameters)["data"]

    assert simulator.statuses(task_id, 40)[4:] == ["scouting", "running", "done"]


@pytest.mark.parametrize(
    ("outcome", "end", "counts"),
    [
        ("finished", "finished", (10, 5, 5)),
        ("failed", "failed", (10, 0, 10)),
        ("exhausted", "exhausted", (10, 5, 0)),
        ("broken", "broken", (0, 0, 0)),
    ],
)
def test_a_task_can_be_made_to_end_badly(
    simulator: Simulator, outcome: str, end: str, counts: tuple[int, int, int]
) -> None:
    simulator.fault("outcome", outcome=outcome, count=1)
    bad, good = simulator.submit(), simulator.submit()

    simulator.advance(100)

    assert (simulator.status(bad), simulator.status(good)) == (end, "done")
    assert simulator.counts(bad) == counts


def test_a_share_of_the_tasks_can_be_made_to_end_badly(simulator: Simulator) -> None:
    simulator.fault("outcome", outcome="failed", share=0.3, name="task.")
    tasks = [simulator.submit() for _ in range(40)]

    simulator.advance(100)

    ends = [simulator.status(task_id) for task_id in tasks]
    assert 4 <= ends.count("failed") <= 20
    assert ends.count("failed") + ends.count("done") == 40


@pytest.mark.parametrize(("outcome", "before"), [("finished", 5), ("failed", 0), ("exhausted", 5)])
def test_a_retry_mends_the_failed_jobs(simulator: Simulator, outcome: str, before: int) -> None:
    simulator.fault("outcome", outcome=outcome, count=1)
    task_id = simulator.submit()
    simulator.advance(100)

    answer = simulator.post("task/retry", task_id=task_id)

    assert answer["data"] == 0
    assert simulator.counts(task_id)[1] == before
    assert simulator.statuses(task_id) == [outcome, "toretry", "ready", "running", "done"]
    assert simulator.counts(task_id) == (10, 10, 0)


@pytest.mark.parametrize(
    ("parameters", "jobs"),
    [
        ({"nEvents": 101, "nEventsPerJob": 10}, 11),
        ({"nEvents": 5, "nEventsPerJob": 10}, 1),
        ({"nEvents": None, "pfnList": ["a", "b"]}, 2),
        ({"nEvents": None}, 1),
        ({"nEvents": None, "noInput": False, "nFiles": 4}, 4),
    ],
)
def test_jobs_are_counted_as_jedi_counts_them(simulator: Simulator, parameters: dict, jobs: int) -> None:
    task_id = simulator.submit(**parameters)

    simulator.advance(20)

    assert simulator.counts(task_id)[0] == jobs


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"cloud": "far too long a name"}, "value too long for type character varying(10) : cloud"),
        ({"jobParameters": "--nothing"}, NO_OBJECTS),
        ({"jobParameters": ["--nothing"]}, NO_OBJECTS),
        ({"ticketID": "t" * 51}, "value too long for type character varying(50) : ticketID"),
    ],
)
def test_an_unfit_value_breaks_the_task(simulator: Simulator, change: dict, reason: str) -> None:
    task_id = simulator.submit(**change)

    simulator.advance(20)

    assert (simulator.status(task_id), simulator.info(task_id)["errorDialog"]) == ("broken", reason)


def test_a_missing_mandatory_parameter_breaks_the_task(simulator: Simulator) -> None:
    parameters = simulator.parameters()
    del parameters["architecture"]
    task_id = simulator.post("task/submit", task_parameters=parameters)["data"]

    simulator.advance(20)

    assert simulator.status(task_id) == "broken"
    assert "'architecture'" in simulator.info(task_id)["errorDialog"]


def test_while_registered_a_task_has_no_name_and_no_user_of_its_own(simulator: Simulator) -> None:
    task_id = simulator.submit()
    simulator.advance(7)

    info = simulator.info(task_id)

    assert (info["status"], info["userName"]) == ("registered", "tobeset")
    assert USER not in str(simulator.get("task/get_tasks_detailed_info_since", filters="{}"))
