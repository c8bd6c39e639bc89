"""Warnings that a person has confirmed: in this form, or when the task was saved."""

from collections.abc import Mapping

from werkzeug.datastructures import MultiDict

from app.forms.task import COLLISION, SIZE_FIELDS
from app.models import Task
from app.views.names import fields_of

# Ends the key of a warning that was confirmed when the task was saved; it counts while the value stays.
AS_SAVED = "@saved"


def confirmed_in(source: MultiDict[str, str], saved: Mapping[str, str] | None = None) -> frozenset[str]:
    """Return the warnings that were meant so; saved: the fields of the task that is being changed."""
    ticked = frozenset(source.getlist("confirmed"))
    kept = {key for key in ticked if key.endswith(AS_SAVED)}
    still = {key for key in kept if saved and _is_as_saved(key.removesuffix(AS_SAVED), source, saved)}
    return (ticked - kept) | still | {key.removesuffix(AS_SAVED) for key in still}


def _is_as_saved(key: str, source: MultiDict[str, str], saved: Mapping[str, str]) -> bool:
    """Say whether all that a warning was judged by stands in the form as it was saved."""
    field, rule = key.partition(":")[0], key.partition(":")[2].partition(":")[2]
    # A rule, and what is said of the whole name, may look at every field of it; a size goes by the data type.
    name = [other for other in saved if other not in SIZE_FIELDS]
    judged_by = {"energy": ("energy", COLLISION), "name": name, "events": list(saved), "jobs": list(saved)}
    return all(
        source.get(other, "") == saved.get(other, "")
        for other in (name if rule else judged_by.get(field, (field,)))
    )


def saved_fields(task: Task) -> dict[str, str]:
    """Return the task as the form's fields."""
    return {
        **fields_of(task),
        COLLISION: task.collision or "",
        "events": str(task.events),
        "jobs": str(task.jobs),
    }
