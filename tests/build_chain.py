"""Plans and chains for tests."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask import current_app

from app.domain.plan import Step, Wish
from app.models import Task, User
from app.services.parameters import ParameterBuilder
from app.services.plans import Planner
from app.services.rules import rules_from
from tests.build_task import FIELDS

# A sample that exists is meant to be made once more.
ONCE_MORE = frozenset({"name:sample_exists:"})
STEPS = ("EVGEN", "SIMULATION", "RECO", "AOD")


def make_planner() -> Planner:
    """Return the planner of this application; needs its context."""
    config = current_app.config
    return Planner(rules_from(config), ParameterBuilder(config), config["PLAN_SIZE"])


def make_wish(
    steps: Sequence[str] = STEPS,
    events: str = "100000",
    cells: Mapping[tuple[int, int, str], str] | None = None,
    **values: Sequence[str],
) -> Wish:
    """Return the wish for a sample in these steps; values replace those of FIELDS, several for several."""
    recipes = current_app.config["RECIPE_BOOK"]
    single = {name: [value] for name, value in FIELDS.items() if name != "data_type"}
    return Wish(
        {**single, **values},
        [Step(step, recipes[step].events_per_job) for step in steps],
        events,
        cells or {},
    )


def build_chain(user: User, now: datetime, steps: Sequence[str] = STEPS, **wanted: object) -> list[Task]:
    """Return the queued tasks of a new chain; needs an application context."""
    wish = make_wish(steps, **wanted)
    return make_planner().make(wish, None, user, ONCE_MORE, now, submit=True)
