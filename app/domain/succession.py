"""Which task may read what another one makes: by their data types, and by the physics in their names."""

from collections.abc import Mapping

from app.domain.plan import FOLLOWED
from app.domain.problem import Level, Problem
from app.domain.recipe import Recipe

PARENT = "parent"
# Warnings are about the name as a whole where a task of a chain is changed.
NAME = "name"

Fields = Mapping[str, str]
Recipes = Mapping[str, Recipe]


def problems_of_kind(fields: Fields, above: Fields, recipes: Recipes, recipe_field: str) -> list[Problem]:
    """Return what is wrong or odd with reading what a task with the fields `above` makes."""
    own, before = fields[recipe_field], above.get(recipe_field, "")
    if not may_follow(own, before, recipes):
        values: dict[str, object] = {"data_type": own, "parent_type": before}
        if allowed := recipes[before].next_steps:
            return [Problem(PARENT, "parent_of_another_kind", values | {"allowed": allowed})]
        return [Problem(PARENT, "parent_ends_chain", values)]
    differs = what_differs(fields, above, recipe_field)
    return [Problem(PARENT, "parent_differs", {"fields": differs}, Level.WARNING)] if differs else []


def problem_with_child(
    fields: Fields, child_id: int, child: Fields, recipes: Recipes, recipe_field: str
) -> Problem | None:
    """Return what is wrong or odd with being read by a task with the fields `child`."""
    own, below = fields[recipe_field], child.get(recipe_field, "")
    if not may_follow(below, own, recipes):
        values = {"id": child_id, "data_type": own, "child_type": below}
        return Problem(recipe_field, "child_of_another_kind", values)
    differs = what_differs(child, fields, recipe_field)
    if not differs:
        return None
    return Problem(NAME, "child_differs", {"id": child_id, "fields": differs}, Level.WARNING)


def may_follow(data_type: str, before: str, recipes: Recipes) -> bool:
    """Say whether one data type reads the other; what has no recipe is not judged."""
    return data_type not in recipes or before not in recipes or data_type in recipes[before].next_steps


def what_differs(fields: Fields, above: Fields, recipe_field: str) -> tuple[str, ...]:
    """Return the fields that are to be the same in both, and are not."""
    free = {recipe_field, *FOLLOWED}
    return tuple(name for name, value in fields.items() if name not in free and above.get(name) != value)
