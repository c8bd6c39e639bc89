"""What config.py ships, read once, and a good task to start from."""

from dataclasses import replace

import config
from app.domain.naming import Convention, conventions_from_settings, judge, parse
from app.domain.payload import PayloadSettings, TaskToSend
from app.domain.problem import CODES, Problem
from app.domain.recipe import Recipe, recipes_from_settings

CONVENTION: Convention = conventions_from_settings(config.NAMING_CONVENTIONS, config.COLLISION_SYSTEMS)[-1]
RECIPES: dict[str, Recipe] = recipes_from_settings(config.RECIPES)
SETTINGS = PayloadSettings.from_settings(vars(config))
CONTEXT = {"this_year": "2026"}

NAME = "2026.MC.27.UU.minbias.59.SIMULATION.myDataset.123456.name.1"
VALUES = {
    "year": "2026",
    "source": "MC",
    "energy": "27",
    "polarization": "UU",
    "description": "minbias",
    "run": "59",
    "data_type": "SIMULATION",
    "dataset": "myDataset.123456.name",
    "version": "1",
}


def brief(problems: list[Problem]) -> list[str]:
    """Say problems as "field code", warnings with a "?" behind; check that each code is known."""
    for problem in problems:
        assert set(problem.values) == set(CODES[problem.code]), problem
    return [f"{problem.field} {problem.code}{'' if problem.is_error else '?'}" for problem in problems]


def verdict(name: str) -> list[str]:
    """Judge a name by the shipped convention, in brief."""
    return brief(judge(CONVENTION, name, CONTEXT)[1])


def task_to_send(name: str = NAME, **changes: object) -> TaskToSend:
    """Make a task that can be sent, but for the changes."""
    task = TaskToSend(
        name=name,
        fields=parse(CONVENTION, name),
        events=1_000_000,
        jobs=1000,
        key="3f0c6f0e-9a4f-4f0e-8d67-6a54c7a1f001",
        creator="physicist",
        priority=900,
        seed_offset=5000,
    )
    return replace(task, **changes)
