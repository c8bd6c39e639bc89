"""What is sent to PanDA: a task, its recipe and the settings as PanDA's task parameters.

Keys and their traps: panda-docs, task parameters; panda-server 1.0.4, jedirefine/TaskRefinerBase.py.
Users' values come from a white list of characters (payload_check.py), so no shell and no template of PanDA's
finds anything in them; `${…}` comes from recipes alone.
"""

import json
from collections.abc import Mapping

from app.domain.estimate import events_per_job
from app.domain.payload_check import check_payload
from app.domain.problem import Problem
from app.domain.recipe import Input, Recipe
from app.domain.recipe_template import fill, template_words
from app.domain.task_to_send import PayloadSettings, TaskToSend

__all__ = [
    "KEY",
    "NotSendable",
    "PayloadSettings",
    "TaskToSend",
    "build_payload",
    "canonical_json",
    "check_payload",
]

# Keys of our own: PanDA keeps what it does not know, and gives it back (get_task_parameters).
KEY = "spdKey"
CREATOR = "spdCreator"

# PanDA's refiner demands these keys, but takes "" for them.
_MAY_BE_EMPTY = {"architecture", "transUses", "transHome"}


class NotSendable(Exception):
    """The task must not be sent as it is; `problems` says why."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{problem.field}: {problem.code}" for problem in problems))


def build_payload(task: TaskToSend, recipe: Recipe | None, settings: PayloadSettings) -> dict[str, object]:
    """Return PanDA's task parameters, or raise NotSendable with what check_payload finds.

    The parent's PanDA id is no part of them: it is the argument parent_tid of the submission.
    """
    problems = check_payload(task, recipe, settings)
    if problems or recipe is None:
        raise NotSendable(problems)
    payload = _identity(task) | _columns(recipe, settings) | _resources(recipe) | _size(task, recipe)
    words = template_words(task, recipe)
    payload["jobParameters"] = [fill(item, words) for item in recipe.job_parameters]
    payload["log"] = fill(recipe.log, words)
    return payload | dict(recipe.extra)


def canonical_json(payload: Mapping[str, object]) -> str:
    """Return the one text of a payload, the same bytes each time: what is frozen, stored and compared."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def _identity(task: TaskToSend) -> dict[str, object]:
    return {
        "taskName": task.name,
        # JEDI aborts all but one of equal (userName, taskName): a send repeated after a crash is harmless.
        "uniqueTaskName": True,
        "taskType": "prod",
        "taskPriority": task.priority,
        "ticketID": task.key,
        KEY: task.key,
        CREATOR: task.creator,
    }


def _columns(recipe: Recipe, settings: PayloadSettings) -> dict[str, object]:
    columns = {**recipe.columns, **settings.columns}
    # An empty cloud, site or container would be looked for; without the key PanDA chooses.
    return {key: value for key, value in columns.items() if value or key in _MAY_BE_EMPTY}


def _resources(recipe: Recipe) -> dict[str, object]:
    return {
        "coreCount": recipe.core_count,
        "ramCount": recipe.ram_mb,
        "ramUnit": "MB",
        "maxAttempt": recipe.max_attempt,
    }


def _size(task: TaskToSend, recipe: Recipe) -> dict[str, object]:
    size: dict[str, object] = {
        "nEvents": task.events,
        "nEventsPerJob": events_per_job(task.events, task.jobs),
    }
    # Only the JSON value true counts, so the key is left out where there is an input.
    return size | {"noInput": True} if recipe.input is Input.NONE else size
