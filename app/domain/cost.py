"""What a task will take: processor time, time until its end, and place for what it makes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from app.domain.recipe import Recipe

SECONDS_IN_AN_HOUR = 3600
KILOBYTES_IN_A_GIGABYTE = 1_000_000


@dataclass(frozen=True)
class Cost:
    """cpu_hours: of all jobs together. wall_hours: from its start to its end. gigabytes: of output."""

    cpu_hours: float
    wall_hours: float
    gigabytes: float

    def __add__(self, other: "Cost") -> "Cost":
        """Add what is done one after the other, as the steps of a chain are."""
        return Cost(
            self.cpu_hours + other.cpu_hours,
            self.wall_hours + other.wall_hours,
            self.gigabytes + other.gigabytes,
        )


NOTHING = Cost(0, 0, 0)


def side_by_side(costs: Sequence[Cost], cores: int) -> Cost:
    """Add what is done at the same time, as chains are. It takes as long as the longest, or all the cores."""
    whole = sum(costs, NOTHING)
    longest = max((cost.wall_hours for cost in costs), default=0.0)
    return replace(whole, wall_hours=max(longest, whole.cpu_hours / cores))


def estimate(
    events: int, jobs: int, recipe: Recipe, cores: int, measured_seconds: float | None = None
) -> Cost:
    """Estimate a task from its recipe. cores: how many its jobs get at once.

    measured_seconds: wall time for each event of a job, of tasks of the same kind that are done; it replaces
    the recipe's figure where time is asked for. Raise ValueError unless events and jobs are above 0.
    """
    if events < 1 or jobs < 1:
        message = f"{events} events in {jobs} jobs"
        raise ValueError(message)
    seconds = float(recipe.cpu_seconds_per_event)
    each = -(-events // jobs)
    in_turn = waves(jobs, recipe.core_count, cores)
    return Cost(
        events * seconds / SECONDS_IN_AN_HOUR,
        in_turn * each * (measured_seconds if measured_seconds is not None else seconds) / SECONDS_IN_AN_HOUR,
        float(Decimal(events) * recipe.kilobytes_per_event / KILOBYTES_IN_A_GIGABYTE),
    )


def waves(jobs: int, cores_of_a_job: int, cores: int) -> int:
    """Return how many jobs run one after the other where all cores are busy."""
    at_once = max(1, cores // cores_of_a_job)
    return -(-jobs // at_once)
