"""A plan as its page shows it: the fields of the sample, and the table of what would be made."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from app.domain.cost import NOTHING, Cost, estimate, side_by_side
from app.domain.name_field import Kind, NameField
from app.domain.plan import CELLS, PlannedTask, Wish
from app.domain.problem import Problem
from app.forms.plan import BETWEEN_STEPS, PlanForm, chain_keys, ways_on
from app.models import Task
from app.page_context import field_label
from app.services.begun_from import BegunFrom
from app.services.durations import measured_seconds
from app.services.parents import After
from app.services.plans import Plan, Row
from app.services.rules import TaskRules
from app.texts import in_language
from app.views.names import Part, fields_of, parts_of
from app.views.task_form import FieldView, task_rules, without_secrets


@dataclass(frozen=True)
class SampleField:
    """A field of the sample. ticks: (value, label, is ticked) where it is chosen from a list."""

    view: FieldView
    ticks: list[tuple[str, str, bool]]
    takes_ranges: bool


@dataclass(frozen=True)
class Cell:
    """A cell that can be typed into. was: what would stand there of itself."""

    name: str
    text: str
    was: str
    problems: list[Problem]

    @property
    def is_own(self) -> bool:
        """Say whether something was typed that is not what follows."""
        return self.text != self.was


@dataclass(frozen=True)
class PlanRow:
    """A task of the table."""

    data_type: str
    parts: list[Part]
    name: str | None
    input: str | None
    cells: dict[str, Cell]
    jobs: int | None
    cost: Cost | None
    problems: list[Problem]
    origin: "Origin | None"


@dataclass(frozen=True)
class Origin:
    """The task that one is a copy of, and the labels of what is different."""

    task: Task
    changes: list[str]


@dataclass(frozen=True)
class PlanChain:
    """The tasks of one chain, and what they take together."""

    rows: list[PlanRow]
    cost: Cost


def sample_fields(form: PlanForm, rules: TaskRules) -> list[SampleField]:
    """Return the fields of the name but for the data type."""
    names = rules.convention
    return [_sample_field(field, form) for field in names.fields if field.name != rules.recipe_field]


def _sample_field(field: NameField, form: PlanForm) -> SampleField:
    texts = [text for text in form.texts.get(field.name, []) if text]
    view = FieldView(
        name=field.name, label=in_language(field.label), help=in_language(field.help), example=field.example,
        value=", ".join(texts), unit=in_language(field.unit) if field.unit else "",
    )  # fmt: skip
    ticks = [(choice.value, in_language(choice.label), choice.value in texts) for choice in field.vocabulary]
    ticks += [(text, "", True) for text in texts if text not in field.words]
    return SampleField(view, ticks if field.kind is Kind.CHOICE else [], field.kind is Kind.INTEGER)


def ways_after(after: After | None) -> list[tuple[str, ...]]:
    """Return the steps that may follow a task, each way of them."""
    recipes, rules = current_app.config["RECIPE_BOOK"], task_rules()
    return ways_on(after.fields.get(rules.recipe_field, ""), recipes) if after else []


def step_choices(form: PlanForm, after: After | None) -> list[tuple[str, str, str, bool]]:
    """Return (value, label, steps in words, is chosen) of what can be planned."""
    chosen = BETWEEN_STEPS.join(form.steps)
    found = _ways_choices(ways_after(after)) or _all_choices()
    if chosen not in [value for value, _label, _steps in found]:
        found.insert(0, (chosen, _("As chosen"), form.steps))
    return [(value, label, " → ".join(steps), value == chosen) for value, label, steps in found]


def _all_choices() -> list[tuple[str, str, tuple[str, ...]]]:
    config = current_app.config
    chains = [
        (BETWEEN_STEPS.join(chain.steps), in_language(chain.label), chain.steps)
        for chain in config["CHAIN_BOOK"].values()
    ]
    return chains + [
        (name, _("Only: %(what)s", what=in_language(recipe.label)), (name,))
        for name, recipe in config["RECIPE_BOOK"].items()
    ]


def _ways_choices(ways: list[tuple[str, ...]]) -> list[tuple[str, str, tuple[str, ...]]]:
    recipes = current_app.config["RECIPE_BOOK"]
    found = []
    for steps in ways:
        last = in_language(recipes[steps[-1]].label)
        label = _("Up to: %(what)s", what=last) if len(steps) > 1 else _("Only: %(what)s", what=last)
        found.append((BETWEEN_STEPS.join(steps), label, steps))
    return found


def plan_context(plan: Plan, wish: Wish, rules: TaskRules, begun_from: BegunFrom) -> dict[str, Any]:
    """Return what the table needs."""
    config = current_app.config
    keys = chain_keys(rules.convention, wish, rules.recipe_field) if plan.rows else []
    measured = measured_seconds(config["RECIPE_BOOK"], config["PLAN_CORES_LIMIT"])
    chains = []
    for number, rows in groupby(plan.rows, key=lambda row: row.planned.chain):
        shown = [_plan_row(row, plan, keys[number], rules, measured, begun_from) for row in rows]
        costs = [row.cost for row in shown if row.cost]
        chains.append(PlanChain(shown, sum(costs, NOTHING)))
    whole = side_by_side([chain.cost for chain in chains], config["PLAN_CORES_LIMIT"])
    return {
        "chains": chains,
        "whole": whole,
        "is_measured": bool(measured),
        "number": len(plan.rows),
        "extends": begun_from.extends,
    }


def _plan_row(
    row: Row,
    plan: Plan,
    key: str,
    rules: TaskRules,
    measured: Mapping[str, float],
    begun_from: BegunFrom,
) -> PlanRow:
    task = row.planned
    config = current_app.config
    data_type = task.fields[rules.recipe_field]
    above = _above(row, plan, begun_from)
    recipe = config["RECIPE_BOOK"][data_type].of_task(has_parent=above is not None)
    cost = None
    if task.events and task.jobs and task.panda_jobs:
        cost = estimate(
            task.events, task.panda_jobs, recipe, config["PLAN_CORES_LIMIT"], measured.get(data_type)
        )
    cells = {
        column: Cell(
            f"cell-{key}-{task.step}-{column}", task.typed[column], task.follows[column],
            [problem for problem in row.problems if problem.field == column],
        )
        for column in CELLS
    }  # fmt: skip
    return PlanRow(
        data_type, parts_of(rules.convention, task.fields, above[1] if above else None), task.name,
        above[0] if above else None, cells, task.panda_jobs, cost, without_secrets(row.problems),
        _origin(task, begun_from.tasks.get(data_type)),
    )  # fmt: skip


def _above(row: Row, plan: Plan, begun_from: BegunFrom) -> tuple[str | None, Mapping[str, str]] | None:
    """Return name and fields of the task that one reads, or None."""
    if row.parent is not None:
        planned = plan.rows[row.parent].planned
        return planned.name, planned.fields
    after = begun_from.after
    return (after.task.name, after.fields) if after and after.task else None


def _origin(planned: PlannedTask, origin: Task | None) -> Origin | None:
    if origin is None:
        return None
    was: dict[str, object] = {**fields_of(origin), "events": origin.events, "jobs": origin.jobs}
    now: dict[str, object] = {**planned.fields, "events": planned.events, "jobs": planned.jobs}
    return Origin(origin, [field_label(name) for name in now if now[name] != was.get(name)])
