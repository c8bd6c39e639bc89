"""What a task will take."""

import pytest

import config
from app.domain.cost import NOTHING, Cost, estimate, side_by_side, waves
from app.domain.recipe import Recipe

RECO = Recipe.from_settings("RECO", config.RECIPES["RECO"])  # 3 s and 100 kB an event, one core


def test_an_estimate_from_the_recipe() -> None:
    found = estimate(1_000_000, 250, RECO, cores=1000)

    assert found.cpu_hours == pytest.approx(1_000_000 * 3 / 3600)
    assert found.wall_hours == pytest.approx(4000 * 3 / 3600), "all jobs at once"
    assert found.gigabytes == pytest.approx(100)


def test_too_few_cores_let_jobs_wait() -> None:
    assert estimate(1_000_000, 250, RECO, cores=100).wall_hours == pytest.approx(3 * 4000 * 3 / 3600)


def test_what_was_measured_counts_for_the_time_alone() -> None:
    found = estimate(1_000_000, 250, RECO, cores=1000, measured_seconds=6)

    assert found.wall_hours == pytest.approx(4000 * 6 / 3600)
    assert found.cpu_hours == pytest.approx(1_000_000 * 3 / 3600)


@pytest.mark.parametrize(("events", "jobs"), [(0, 1), (1, 0), (-5, 1)])
def test_nothing_has_no_estimate(events: int, jobs: int) -> None:
    with pytest.raises(ValueError, match="events in"):
        estimate(events, jobs, RECO, cores=10)


@pytest.mark.parametrize(
    ("jobs", "cores_of_a_job", "cores", "expected"),
    [(1, 1, 1, 1), (10, 1, 10, 1), (11, 1, 10, 2), (10, 8, 4, 10)],
)
def test_waves(jobs: int, cores_of_a_job: int, cores: int, expected: int) -> None:
    assert waves(jobs, cores_of_a_job, cores) == expected


def test_steps_come_one_after_the_other_and_chains_side_by_side() -> None:
    chain = Cost(10, 2, 1) + Cost(20, 3, 5)

    assert chain == Cost(30, 5, 6)
    assert side_by_side([chain, Cost(1, 9, 1)], cores=100) == Cost(31, 9, 7)
    assert side_by_side([chain, chain], cores=4).wall_hours == 15, "the cores are shared"
    assert side_by_side([], cores=4) == NOTHING
