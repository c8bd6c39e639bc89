"""The chains of the demo: done, under way, held by a step that failed, waiting, and still drafts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from demo_labels import label
from demo_sending import send
from flask import current_app
from flask.testing import FlaskClient

from app.domain.plan import Step, Wish
from app.models import Task, User
from app.services.chains import accept_part
from app.services.parameters import ParameterBuilder
from app.services.plans import Planner
from app.services.rules import rules_from
from app.services.tasks import get_task, warning_key

STEPS = ("EVGEN", "SIMULATION", "RECO", "AOD")
# A step takes so long.
STEP = timedelta(hours=9)
SHARES_DONE = {"done": 1.0, "finished": 0.93, "running": 0.4}


@dataclass(frozen=True)
class PlannedChain:
    """A chain of STEPS. states: of its first steps; the later ones wait. Without any, all are drafts."""

    creator: str
    process: str
    polarization: str
    events: int
    days_ago: int
    states: tuple[str, ...]
    accepts_part: bool = False


CHAINS = (
    PlannedChain("charmonia", "jpsi-mumu", "UU", 4_000_000, 34, ("done", "done", "done", "done")),
    PlannedChain("charmonia", "jpsi-mumu", "LL", 4_000_000, 33, ("done", "done", "done", "done")),
    PlannedChain(
        "open-charm", "lambdac-pKpi", "UU", 1_000_000, 21, ("done", "finished", "done", "done"), True
    ),
    PlannedChain("photons", "prompt-photons", "TT", 10_000_000, 12, ("done", "done", "failed")),
    PlannedChain("manager", "minbias", "UU", 10_000_000, 6, ("done", "finished")),
    PlannedChain("charmonia", "chic-jpsi-gamma", "UU", 1_000_000, 2, ("done", "done", "running")),
    PlannedChain("open-charm", "open-charm", "UT", 500_000, 1, ("done", "running")),
    PlannedChain("manager", "minbias", "LL", 10_000_000, 1, ("running",)),
    PlannedChain("photons", "prompt-photons", "UU", 4_000_000, 1, ()),
)


def make_chain(planned: PlannedChain, user: User, simulator: FlaskClient, now: datetime) -> list[Task]:
    """Plan a chain as its creator did that day, and bring its steps as far as they are."""
    at = now - timedelta(days=planned.days_ago)
    made = [label(task, user, planned.process, at) for task in _plan(planned, user, at)]
    for number, state in enumerate(planned.states):
        moment = min(at + STEP * number, now) + timedelta(minutes=3)
        send(state, SHARES_DONE.get(state, 0.0), made[number].id, simulator, moment)
        if planned.accepts_part and state == "finished":
            task = get_task(made[number].id, user)
            accept_part(task.id, user, task.version, moment + timedelta(hours=8))
    return made


def _plan(planned: PlannedChain, user: User, at: datetime) -> list[Task]:
    config = current_app.config
    planner = Planner(rules_from(config), ParameterBuilder(config), config["PLAN_SIZE"])
    values = {
        "year": str(at.year), "source": "MC", "energy": "27", "polarization": planned.polarization,
        "description": planned.process, "run": "90",
        "dataset": f"pp27.{planned.process}.chain", "version": "1",
    }  # fmt: skip
    wish = Wish(
        {name: [value] for name, value in values.items()},
        [Step(step, config["RECIPE_BOOK"][step].events_per_job) for step in STEPS],
        str(planned.events),
    )
    rows = planner.plan(wish, "pp", user, at).rows
    odd = frozenset(warning_key(problem) for row in rows for problem in row.problems if not problem.is_error)
    return planner.make(wish, "pp", user, odd, at, submit=bool(planned.states))
