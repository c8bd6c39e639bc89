"""Fill a recipe's %(field)s with what the task says. Values are put in once and never read as templates."""

from collections.abc import Iterator, Mapping

from app.domain.estimate import events_per_job
from app.domain.recipe import Recipe
from app.domain.recipe_rules import PLACEHOLDER
from app.domain.task_to_send import TaskToSend

# Texts that become numbers: JEDI adds them up.
_NUMBERS = {f"%({name})s": name for name in ("seed_offset", "event_offset")}


def template_words(task: TaskToSend, recipe: Recipe) -> dict[str, object]:
    """Return what templates may speak of: the name's fields, and the words of recipe.GIVEN."""
    words: dict[str, object] = {
        **task.fields,
        "name": task.name,
        "energy_in_name": task.fields.get("energy", "").replace(".", "p"),
        "events": task.events,
        "jobs": task.jobs,
        "events_per_job": events_per_job(task.events, task.jobs),
        "seed_offset": task.seed_offset,
        "event_offset": task.event_offset,
    }
    words["input_dataset"] = fill(input_template(task, recipe), words)
    return words


def input_template(task: TaskToSend, recipe: Recipe) -> str:
    """Return the template of the dataset that is read: the parent's output, else what suits the source."""
    return task.parent_name or recipe.input_datasets.get(task.fields.get("source", ""), "")


def words_used(recipe: Recipe, task: TaskToSend) -> set[str]:
    """Return the words the templates need for this task."""
    texts = [text for item in (*recipe.job_parameters, recipe.log) for text in _texts(item)]
    return {word for text in [*texts, input_template(task, recipe)] for word in PLACEHOLDER.findall(text)}


def fill(value: object, words: Mapping[str, object]) -> object:
    """Return a template with its words put in, all the way down; an offset alone becomes a number.

    Raise KeyError for a word that is not there.
    """
    if isinstance(value, str):
        if value in _NUMBERS:
            return words[_NUMBERS[value]]
        return PLACEHOLDER.sub(lambda found: str(words[found[1]]), value)
    if isinstance(value, Mapping):
        return {str(key): fill(inner, words) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [fill(inner, words) for inner in value]
    return value


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
