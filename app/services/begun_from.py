"""What a plan was begun from: tasks that it copies, or whose samples it makes larger."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from app.domain.plan import PlannedTask
from app.domain.problem import Level, Problem
from app.domain.recipe import Input, Recipe
from app.domain.sample import sample_of
from app.models import Task
from app.services.history import frozen_payload
from app.services.parameters import ParameterBuilder
from app.services.parents import After
from app.services.rules import TaskRules
from app.services.samples import extension_problems, find_samples, may_be_extended

# PanDA's keys for what the jobs run.
SOFTWARE = ("container_name", "transPath", "transUses")


@dataclass(frozen=True)
class BegunFrom:
    """The tasks that a plan was begun from, by data type; extends: it makes their samples larger.

    after: what the first step of each chain follows.
    """

    tasks: Mapping[str, Task] = field(default_factory=dict)
    extends: bool = False
    after: After | None = None

    def extended(self, data_type: str) -> Task | None:
        """Return the task whose sample a new one of this data type makes larger."""
        return self.tasks.get(data_type) if self.extends else None

    def copied_id(self, data_type: str) -> int | None:
        """Return the task that a new one of this data type is a copy of."""
        return self.tasks[data_type].id if data_type in self.tasks and not self.extends else None

    def locked(self, session: Session) -> "BegunFrom":
        """Return the same, with what the plan follows as it is now and stays until the transaction ends."""
        return replace(self, after=self.after.locked(session)) if self.after else self


NOTHING_BEFORE = BegunFrom()
Judge = Callable[[PlannedTask], list[Problem]]


def sample_judge(
    planned: Sequence[PlannedTask],
    collision: str | None,
    begun_from: BegunFrom,
    rules: TaskRules,
    builder: ParameterBuilder,
) -> Judge:
    """Return what says of a task with a good name what is to be asked because of what there is already.

    All samples of the plan are looked up at once.
    """
    samples = {task.name: sample_of(rules.convention, task.fields) for task in planned if task.name}
    found = find_samples(set(samples.values()), collision)
    extended = begun_from.tasks.values() if begun_from.extends else ()
    was_run = {task.id: _software_of(task) for task in extended}

    def judge(task: PlannedTask) -> list[Problem]:
        sample, data_type = samples[task.name or ""], task.fields[rules.recipe_field]
        first = begun_from.extended(data_type)
        if first is None:
            return [found[sample].problem()] if sample in found else []
        recipe = builder.recipe_of(data_type, has_parent=task.step > 0)
        problems = extension_problems(sample, collision, first)
        if recipe is None or problems:
            return problems
        begins = [] if task.step else beginning_problems(first, recipe)
        return [*begins, *_software_problems(was_run[first.id], recipe)]

    return judge


def beginning_problems(first: Task, recipe: Recipe) -> Iterator[Problem]:
    """Say what speaks against the first step of an extension: it must make events, and other ones."""
    values = {"data_type": recipe.data_type}
    if first.is_twin:
        yield Problem("name", "twin_not_extended", {"id": first.id})
    elif not may_be_extended(first):
        yield Problem("name", "nothing_to_extend", {"id": first.id, "state": first.shown_state})
    if recipe.input is Input.DATASET:
        yield Problem("name", "extension_without_input", values)
    elif not recipe.has_seeds:
        yield Problem("name", "extension_without_seeds", values)
    elif recipe.repeats_event_numbers:
        yield Problem("name", "event_numbers_repeat", level=Level.WARNING)


def _software_of(task: Task) -> Mapping[str, str]:
    """Return what was run for a task, by PanDA's keys; nothing where that is not known."""
    sent = json.loads(frozen_payload(task.id) or "{}")
    return {key: str(sent[key]) for key in SOFTWARE if key in sent}


def _software_problems(was: Mapping[str, str], recipe: Recipe) -> list[Problem]:
    for key, text in was.items():
        if text != recipe.columns[key]:
            values = {"was": text, "now": recipe.columns[key]}
            return [Problem("name", "other_software", values, Level.WARNING)]
    return []
