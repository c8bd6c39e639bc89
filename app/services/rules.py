"""The settings that the use cases of tasks need, as one value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.domain.convention import Convention
from app.domain.estimate import SizeLimits
from app.domain.labels import LabelRules
from app.domain.recipe import Recipe
from app.domain.twin import TwinRules


@dataclass(frozen=True)
class TaskRules:
    """What a new or changed task is judged by."""

    convention: Convention
    limits: SizeLimits
    priority: int
    labels: LabelRules
    twins: TwinRules
    # By recipe, where it says more than `limits`.
    sizes: Mapping[str, SizeLimits] = field(default_factory=dict)
    recipes: Mapping[str, Recipe] = field(default_factory=dict)
    # Field of the name that chooses the recipe, and field that the prototype calls the task's type.
    recipe_field: str = "data_type"
    type_field: str = "source"

    def limits_of(self, fields: Mapping[str, str]) -> SizeLimits:
        """Return the limits of the size of a task with these fields in its name."""
        return self.sizes.get(fields.get(self.recipe_field, "").strip(), self.limits)

    def context(self, collision: str | None, now: datetime) -> dict[str, str]:
        """Return what the name's checks need beside the name."""
        context = {"this_year": str(now.year)}
        return context | {"collision": collision} if collision else context


def rules_from(config: Mapping[str, Any]) -> TaskRules:
    """Read the rules from the settings; the newest naming convention applies."""
    limits = SizeLimits.from_settings(config)
    return TaskRules(
        conventions_from(config)[-1],
        limits,
        config["PANDA_PRIORITY"],
        LabelRules.from_settings(config),
        TwinRules.from_settings(config, config["RECIPE_BOOK"]),
        {name: limits.of_recipe(recipe) for name, recipe in config["RECIPE_BOOK"].items()},
        config["RECIPE_BOOK"],
    )


def conventions_from(config: Mapping[str, Any]) -> Sequence[Convention]:
    """Return every version of the naming convention, newest last."""
    conventions: Sequence[Convention] = config["CONVENTIONS"]
    return conventions
