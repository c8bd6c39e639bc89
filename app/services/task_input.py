"""What a person says of a task, and the columns it becomes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.estimate import events_per_job, panda_jobs
from app.domain.labels import Labels
from app.domain.naming import build
from app.domain.sample import sample_of
from app.models import Task, TaskField
from app.services.rules import TaskRules


@dataclass(frozen=True)
class TaskInput:
    """What a person says of a task. fields: the naming fields as written; confirmed: warnings meant so."""

    fields: Mapping[str, str]
    collision: str | None
    events: int
    jobs: int
    confirmed: frozenset[str] = field(default_factory=frozenset)
    # Of a new task; those of an old one are changed by services/labels.
    labels: Labels = field(default_factory=Labels)
    # The task whose form was copied.
    cloned_from_id: int | None = None
    # The first task of the sample that it makes larger.
    extends_id: int | None = None
    # A small test of it is to be sent first.
    with_twin: bool = False


def fill(task: Task, given: TaskInput, fields: dict[str, str], rules: TaskRules, now: datetime) -> None:
    """Write what was said into the row. fields: the naming fields as they are stored."""
    task.name = build(rules.convention, fields)
    task.sample = sample_of(rules.convention, fields)
    task.convention_version = rules.convention.version
    task.task_type = fields[rules.type_field]
    task.recipe = fields[rules.recipe_field]
    task.collision = given.collision or None
    task.events, task.jobs = given.events, given.jobs
    task.jobs_total = panda_jobs(given.events, events_per_job(given.events, given.jobs))
    task.updated_at = now
    task.fields = [TaskField(field=name, value=value) for name, value in fields.items()]
