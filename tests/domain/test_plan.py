"""Plans: values and ranges, and what follows in a chain from what was typed."""

import pytest

import config
from app.domain.convention import conventions_from_settings
from app.domain.estimate import SizeLimits
from app.domain.plan import PlannedTask, Step, Wish, combinations, lay_out, read_values

[CONVENTION] = conventions_from_settings(config.NAMING_CONVENTIONS, config.COLLISION_SYSTEMS)
LIMITS = SizeLimits(10_000_000, 100_000, 10_000, 1)
VALUES = {
    "year": ["2026"], "source": ["MC"], "energy": ["27"], "polarization": ["UU"], "description": ["minbias"],
    "run": ["59"], "dataset": ["set"], "version": ["1"],
}  # fmt: skip
STEPS = [Step("EVGEN", 10_000), Step("SIMULATION", 1000), Step("RECO", 4000)]


def plan(events: str = "100000", cells: dict | None = None, **values: list[str]) -> list[PlannedTask]:
    wish = Wish({**VALUES, **values}, STEPS, events, cells or {})
    chains = combinations(CONVENTION, wish, "data_type")
    return lay_out(CONVENTION, wish, chains, "data_type", lambda _fields: LIMITS)


@pytest.mark.parametrize(
    ("name", "texts", "expected"),
    [
        ("energy", ["27"], ["27"]),
        ("energy", ["10, 13.5,27"], ["10", "13.5", "27"]),
        ("energy", ["10", "27"], ["10", "27"]),
        ("energy", ["13,5"], ["13,5"]),
        ("energy", ["10; 13,5; 27"], ["10", "13,5", "27"]),
        ("energy", ["10, 13,5"], ["10", "13,5"]),
        ("energy", ["10,13,27", "5.5,40\n7"], ["10", "13", "27", "5.5", "40", "7"]),
        ("run", ["13,5"], ["13", "5"]),
        ("energy", ["10-12"], ["10-12"]),  # energies have no next one
        ("run", ["59-62"], ["59", "60", "61", "62"]),
        ("run", ["59..60; 70\n71"], ["59", "60", "70", "71"]),
        ("run", ["1 – 2"], ["1", "2"]),
        ("run", ["62-59"], ["62-59"]),
        ("run", ["1-1000"], ["1-1000"]),
        ("run", ["5, 5, 4-6"], ["5", "4", "6"]),
        ("description", ["min bias"], ["min bias"]),
        ("dataset", ["a.1.b, a.2.b"], ["a.1.b", "a.2.b"]),
        ("run", ["", " , "], [""]),
        ("run", [], [""]),
    ],
)
def test_what_is_typed_becomes_values(name: str, texts: list[str], expected: list[str]) -> None:
    assert read_values(CONVENTION.field(name), texts, most=100) == expected


def test_names_events_and_jobs_follow_along_the_chain() -> None:
    tasks = plan()

    assert [task.name for task in tasks] == [
        f"2026.MC.27.UU.minbias.59.{step}.set.1" for step in ("EVGEN", "SIMULATION", "RECO")
    ]
    assert [(task.events, task.jobs, task.panda_jobs) for task in tasks] == [
        (100_000, 10, 10), (100_000, 100, 100), (100_000, 25, 25),
    ]  # fmt: skip


def test_combinations_come_in_the_order_of_the_name() -> None:
    tasks = plan(energy=["10", "27"], polarization=["UU", "LL"])

    assert [task.chain for task in tasks] == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    beams = [(task.fields["energy"], task.fields["polarization"]) for task in tasks[::3]]
    assert beams == [("10", "UU"), ("10", "LL"), ("27", "UU"), ("27", "LL")]


def test_a_typed_cell_counts_for_the_later_steps_of_its_chain() -> None:
    cells = {(0, 1, "events"): "50000", (0, 1, "version"): "2"}

    tasks = plan(cells=cells, run=["59", "60"])

    assert [(task.events, task.fields["version"]) for task in tasks[:3]] == [
        (100_000, "1"), (50_000, "2"), (50_000, "2"),
    ]  # fmt: skip
    assert [(task.events, task.fields["version"]) for task in tasks[3:]] == [(100_000, "1")] * 3
    assert tasks[1].follows["events"] == "100000", "what it would be without"
    assert tasks[1].typed["events"] == "50000"
    assert tasks[2].follows["jobs"] == "13"


def test_jobs_belong_to_one_step() -> None:
    tasks = plan(cells={(0, 0, "jobs"): "7"})

    assert [task.jobs for task in tasks] == [7, 100, 25]


@pytest.mark.parametrize(
    ("cells", "where", "problem"),
    [
        ({(0, 0, "events"): "many"}, 0, ("events", "not_an_integer")),
        ({(0, 1, "jobs"): ""}, 1, ("jobs", "missing")),
        ({(0, 2, "jobs"): "200000"}, 2, ("jobs", "too_large")),
        ({(0, 2, "events"): "5", (0, 2, "jobs"): "6"}, 2, ("jobs", "more_jobs_than_events")),
    ],
)
def test_what_is_wrong_with_a_cell_is_said_of_its_task(
    cells: dict, where: int, problem: tuple[str, str]
) -> None:
    tasks = plan(cells=cells)

    assert [(found.field, found.code) for found in tasks[where].problems] == [problem]


def test_a_wrong_name_has_no_name_yet() -> None:
    tasks = plan(cells={(0, 1, "dataset"): "a b"})

    assert [task.name is None for task in tasks] == [False, True, True]
    assert tasks[1].fields["dataset"] == "a b"
