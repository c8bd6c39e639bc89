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
    still = {key for key in kept if saved and _is_as_saved(key.partition(":")[0], source, saved)}
    return (ticked - kept) | still | {key.removesuffix(AS_SAVED) for key in still}


def _is_as_saved(name: str, source: MultiDict[str, str], saved: Mapping[str, str]) -> bool:
    judged_by = {"energy": ("energy", COLLISION), **dict.fromkeys(SIZE_FIELDS, SIZE_FIELDS)}
    return all(source.get(field, "") == saved.get(field, "") for field in judged_by.get(name, (name,)))


def saved_fields(task: Task) -> dict[str, str]:
    """Return the task as the form's fields."""
    return {
        **fields_of(task),
        COLLISION: task.collision or "",
        "events": str(task.events),
        "jobs": str(task.jobs),
    }
