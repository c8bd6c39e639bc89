"""What PanDA would get for a task that does not exist yet."""

from collections.abc import Mapping
from typing import Any

from app.domain.naming import NotAName, build
from app.models import Task, TaskField
from app.services.parameters import ParameterBuilder, Preview
from app.services.rules import TaskRules


def preview_parameters(
    config: Mapping[str, Any],
    fields: Mapping[str, str],
    rules: TaskRules,
    events: int,
    jobs: int,
    creator: str,
    own: Task | None = None,
) -> Preview:
    """Return the parameters for normalised fields, or what stands against sending them. Stores nothing.

    own: the task that is to get these fields; it keeps its parent, its priority and where its events begin.
    """
    try:
        name = build(rules.convention, fields)
    except NotAName:
        return Preview(None)
    task = Task(
        name=name,
        recipe=fields[rules.recipe_field],
        events=events,
        jobs=jobs,
        creator_name=creator,
        priority=own.priority if own else rules.priority,
        first_event=own.first_event if own else None,
        parent=Task(name=own.parent.name) if own and own.parent else None,
        fields=[TaskField(field=name, value=value) for name, value in fields.items()],
    )
    return ParameterBuilder(config).preview(task)
