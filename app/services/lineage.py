"""A task of a chain that is changed: what its parent, and those that read it, say to that."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from app.domain.problem import Problem
from app.domain.succession import NAME, problem_with_child, problems_of_kind
from app.extensions import db
from app.models import Task
from app.services.rules import TaskRules

# Tasks are looked up so many at a time.
AT_ONCE = 500
# Keys of the warnings, for those who have been asked already.
WARNINGS = frozenset({f"{NAME}:parent_differs:", f"{NAME}:child_differs:"})

Fields = Mapping[str, str]


@dataclass
class Relatives:
    """The fields of a task's parent, and of the tasks that read it, by their ids."""

    parent: Fields | None = None
    children: dict[int, Fields] = field(default_factory=dict)


def relatives_of(tasks: Collection[Task], apart: Collection[int] = ()) -> dict[int, Relatives]:
    """Return the relatives of each task; apart: those that are not looked at."""
    found = {task.id: Relatives() for task in tasks}
    parents = {task.id: task.parent_id for task in tasks if task.parent_id is not None}
    related = [task.id for task in tasks if task.chain_id is not None or task.parent_id is not None]
    for start in range(0, len(related), AT_ONCE):
        some = related[start : start + AT_ONCE]
        above = {parents[each] for each in some if each in parents}
        wanted = select(Task).where(or_(Task.parent_id.in_(some), Task.id.in_(above)))
        for relative in db.session.scalars(wanted.options(selectinload(Task.fields))).unique():
            if relative.id not in apart:
                _note(relative, found, parents, some)
    return found


def _note(
    relative: Task, found: dict[int, Relatives], parents: Mapping[int, int], some: Collection[int]
) -> None:
    fields = {each.field: each.value for each in relative.fields}
    if relative.parent_id in found:
        found[relative.parent_id].children[relative.id] = fields
    for each in some:
        if parents.get(each) == relative.id:
            found[each].parent = fields


def problems_in_chain(fields: Fields, own: Task, relatives: Relatives, rules: TaskRules) -> list[Problem]:
    """Return what speaks against a task of a chain having these fields.

    What may follow what is asked only where the data type changes: the recipes may have changed since.
    """
    is_other = fields[rules.recipe_field] != own.recipe
    found = [problem for problem in _all(fields, relatives, rules) if is_other or not problem.is_error]
    return [replace(each, field=rules.recipe_field if each.is_error else NAME) for each in found]


def _all(fields: Fields, relatives: Relatives, rules: TaskRules) -> Iterable[Problem]:
    if relatives.parent is not None:
        yield from problems_of_kind(fields, relatives.parent, rules.recipes, rules.recipe_field)
    for child_id, child in sorted(relatives.children.items()):
        problem = problem_with_child(fields, child_id, child, rules.recipes, rules.recipe_field)
        if problem is not None:
            yield problem
