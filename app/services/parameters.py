"""The parameters PanDA gets for a task of ours."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.domain.payload import (
    NotSendable,
    PayloadSettings,
    TaskToSend,
    build_payload,
    canonical_json,
    check_payload,
)
from app.domain.problem import Problem
from app.domain.recipe import Recipe
from app.models import PandaCommand, Task

__all__ = ["NotSendable", "ParameterBuilder", "Preview", "readable"]

# Shown before the key and the seeds are allotted.
_NO_KEY = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Preview:
    """The parameters as readable text; None where there are problems, or the name is not complete yet."""

    text: str | None
    problems: list[Problem] = field(default_factory=list)


class ParameterBuilder:
    """Builds parameters with the recipes and settings of this installation."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.recipes: Mapping[str, Recipe] = config["RECIPE_BOOK"]
        self._settings = PayloadSettings.from_settings(config)

    def seeding_recipes(self) -> frozenset[str]:
        """Name the recipes whose tasks need a range of seeds of their own."""
        return frozenset(name for name, recipe in self.recipes.items() if recipe.has_seeds)

    def recipe_of(self, data_type: str, *, has_parent: bool) -> Recipe | None:
        """Return what a task of this data type runs."""
        recipe = self.recipes.get(data_type)
        return recipe and recipe.of_task(has_parent=has_parent)

    def text(self, task: Task, command: PandaCommand) -> str:
        """Return the exact text to send. Raise NotSendable."""
        return self._text(task, command.key, task.seed_first - 1 if task.seed_first else None)

    def preview(self, task: Task) -> "Preview":
        """Return what would be sent now, without key and with seeds from 1, or what stands against it."""
        has_seeds = task.recipe in self.seeding_recipes()
        try:
            return Preview(readable(self._text(task, _NO_KEY, 0 if has_seeds else None)))
        except NotSendable as refusal:
            return Preview(None, refusal.problems)

    def stands_against(self, sent: TaskToSend) -> list[Problem]:
        """Return what stands against sending a task that does not exist yet; its key and seeds come later."""
        recipe = self.recipes.get(sent.fields.get("data_type", ""))
        used = recipe and recipe.of_task(has_parent=sent.parent_name is not None)
        has_seeds = recipe is not None and recipe.data_type in self.seeding_recipes()
        given = replace(sent, key=_NO_KEY, seed_offset=0 if has_seeds else None)
        return check_payload(given, used, self._settings)

    def _text(self, task: Task, key: str, seed_offset: int | None) -> str:
        sent = TaskToSend(
            name=task.name,
            fields={field.field: field.value for field in task.fields},
            events=task.events,
            jobs=task.jobs,
            key=key,
            creator=task.creator_name,
            priority=task.priority,
            seed_offset=seed_offset if task.recipe in self.seeding_recipes() else None,
            event_offset=task.first_event - 1 if task.first_event else 0,
            parent_name=task.parent.name if task.parent else None,
        )
        used = self.recipe_of(task.recipe, has_parent=task.parent is not None)
        return canonical_json(build_payload(sent, used, self._settings))


def readable(payload: str) -> str:
    """Return a payload's text with line breaks, for reading."""
    return json.dumps(json.loads(payload), indent=2, ensure_ascii=False, sort_keys=True)
