"""Checks before a task is sent: PanDA finds a wrong value late, as a task that is broken or stuck."""

from collections.abc import Iterator

from app.domain.columns import column_problems
from app.domain.convention import SAFE
from app.domain.estimate import events_per_job, panda_jobs
from app.domain.naming_form import visible
from app.domain.problem import Problem
from app.domain.recipe import GIVEN, Input, Recipe
from app.domain.recipe_template import fill, input_template, template_words, words_used
from app.domain.task_to_send import PayloadSettings, TaskToSend

# White lists: no blank, quote or $ of a user reaches a shell, and no brace a template of PanDA's.
_SAFE_IN_NAMES = SAFE | {"."}
_SAFE_IN_KEYS = SAFE - {"_"}
# A user name stays out of commands and templates; letters of any language may stand in it.
_UNSAFE_IN_CREATORS = frozenset("$<>{}\"'`\\")

_SERIAL_NUMBER = "000001"


def check_payload(task: TaskToSend, recipe: Recipe | None, settings: PayloadSettings) -> list[Problem]:
    """Return all that stands against sending the task; each problem names the field or setting to change."""
    if recipe is None:
        return [Problem("data_type", "no_recipe", {"data_type": task.fields.get("data_type", "")})]
    problems = [
        *column_problems("name", "taskName", task.name),
        *column_problems("key", "ticketID", task.key),
        *settings.problems(),
        *(p for key, value in recipe.columns.items() for p in column_problems("RECIPES", key, value)),
        *_character_problems(task),
        *_number_problems(task),
        *_template_problems(task, recipe),
    ]
    # The rest computes with numbers and templates, which must be good for that.
    return problems or [*_seed_problems(task, recipe), *_file_problems(task, recipe)]


def _character_problems(task: TaskToSend) -> Iterator[Problem]:
    texts = [
        ("name", task.name, _SAFE_IN_NAMES),
        ("input", task.parent_name or "", _SAFE_IN_NAMES),
        ("key", task.key, _SAFE_IN_KEYS),
        *((field, value, _SAFE_IN_NAMES) for field, value in task.fields.items()),
    ]
    for field, text, safe in texts:
        if unsafe := "".join(c for c in text if c not in safe):
            yield Problem(field, "unsafe_characters", {"characters": visible(unsafe)})
    if unsafe := "".join(
        c for c in task.creator if c in _UNSAFE_IN_CREATORS or c == " " or not c.isprintable()
    ):
        yield Problem("creator", "unsafe_characters", {"characters": visible(unsafe)})


def _number_problems(task: TaskToSend) -> Iterator[Problem]:
    for field, number in (("events", task.events), ("jobs", task.jobs), ("priority", task.priority)):
        if number < 1:
            yield Problem(field, "too_small", {"minimum": "1"})


def _template_problems(task: TaskToSend, recipe: Recipe) -> Iterator[Problem]:
    for word in sorted(words_used(recipe, task) - {*GIVEN, *task.fields}):
        yield Problem("RECIPES", "unknown_placeholder", {"placeholder": word})
    if recipe.input is Input.DATASET and not input_template(task, recipe):
        yield Problem("input", "input_missing")


def _seed_problems(task: TaskToSend, recipe: Recipe) -> Iterator[Problem]:
    if not recipe.has_seeds:
        return
    if task.seed_offset is None:
        yield Problem("seed", "seed_missing")
        return
    last = task.seed_offset + panda_jobs(task.events, events_per_job(task.events, task.jobs))
    if task.seed_offset < 0 or last > recipe.seed_maximum:
        yield Problem("seed", "seeds_used_up", {"last": last, "maximum": recipe.seed_maximum})


def _file_problems(task: TaskToSend, recipe: Recipe) -> Iterator[Problem]:
    """Measure the names of datasets and files: they are longer than the task's own."""
    words = template_words(task, recipe)
    for item in (*recipe.job_parameters, recipe.log):
        if "dataset" in item:
            file_name = str(fill(item["value"], words)).rpartition("=")[2].replace("${SN}", _SERIAL_NUMBER)
            yield from column_problems("name", "dataset", str(fill(item["dataset"], words)))
            yield from column_problems("name", "file", file_name)
