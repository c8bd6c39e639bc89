"""Names of tasks as pages show them: in parts, each a filter."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app

from app.domain.convention import Convention, of_version
from app.domain.naming import NotAName, parse
from app.domain.naming_form import encode
from app.models import Task
from app.services.rules import conventions_from
from app.views.urls import url_with

# (field, text, differs from the row above, URL of the filter)
Part = tuple[str, str, bool, str]


def parts_of(
    convention: Convention, fields: Mapping[str, str], above: Mapping[str, str] | None = None
) -> list[Part]:
    """Return the parts of a name in their order; above: the fields of the row above, None for the first."""
    return [
        (
            field.name,
            encode(field, fields.get(field.name, "")),
            above is None or above.get(field.name) != fields.get(field.name),
            url_with("tasks.index", {f"f_{field.name}": fields.get(field.name, "")}),
        )
        for field in convention.fields
    ]


def convention_of(task: Task) -> Convention:
    """Return the version of the convention a task was named by."""
    return of_version(conventions_from(current_app.config), task.convention_version)


def fields_of(task: Task) -> dict[str, str]:
    """Return the fields of a task's name."""
    return {field.field: field.value for field in task.fields}


def what_differs(task: Task, other: Task) -> str:
    """Return the parts of a task's name that another's has otherwise, "…" for those that both share.

    Names of the steps of a chain are long and differ in one part.
    """
    convention = convention_of(task)
    try:
        fields = parse(convention, task.name)  # its rows would be one more question to the database
    except NotAName:
        return task.name
    others = fields_of(other)
    shown: list[str] = []
    for field in convention.fields:
        is_shared = fields[field.name] == others.get(field.name)
        if not is_shared or shown[-1:] != ["…"]:
            shown.append("…" if is_shared else encode(field, fields[field.name]))
    return ".".join(shown).replace(".…", "…").replace("….", "…")


@dataclass(frozen=True)
class NamedTask:
    """A task with the parts of its name, for templates; everything else is the task's own."""

    task: Task
    parts: list[Part]

    def __getattr__(self, attribute: str) -> object:
        return getattr(self.task, attribute)


def named(task: Task, above: Task | None = None) -> NamedTask:
    """Return a task with the parts of its name."""
    return NamedTask(
        task, parts_of(convention_of(task), fields_of(task), fields_of(above) if above else None)
    )
