"""The settings that the use cases of tasks need, as one value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.convention import Convention
from app.domain.estimate import SizeLimits
from app.domain.labels import LabelRules


@dataclass(frozen=True)
class TaskRules:
    """What a new or changed task is judged by."""

    convention: Convention
    limits: SizeLimits
    priority: int
    labels: LabelRules
    # Field of the name that chooses the recipe, and field that the prototype calls the task's type.
    recipe_field: str = "data_type"
    type_field: str = "source"

    def context(self, collision: str | None, now: datetime) -> dict[str, str]:
        """Return what the name's checks need beside the name."""
        context = {"this_year": str(now.year)}
        return context | {"collision": collision} if collision else context


def rules_from(config: Mapping[str, Any]) -> TaskRules:
    """Read the rules from the settings; the newest naming convention applies."""
    return TaskRules(
        conventions_from(config)[-1],
        SizeLimits.from_settings(config),
        config["PANDA_PRIORITY"],
        LabelRules.from_settings(config),
    )


def conventions_from(config: Mapping[str, Any]) -> Sequence[Convention]:
    """Return every version of the naming convention, newest last."""
    conventions: Sequence[Convention] = config["CONVENTIONS"]
    return conventions
