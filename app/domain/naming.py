"""Names of tasks: build one from its fields, split one, and say what is wrong with it.

The convention is data (config.py, NAMING_CONVENTIONS): see convention.py. `values` and `fields` map field names
(year, source, energy, …) to text as a person writes it: an energy is "13.5" there and 13p5 in the name.
`context` holds what is no part of the name: "collision" (a code of COLLISION_SYSTEMS) and "this_year" ("2026";
without it no year is too far ahead).
"""

from collections.abc import Mapping

from app.domain.problem import Problem


class NotAName(Exception):  # noqa: N818  it is what it says
    """Neither a name nor the makings of one; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(f"{problem.field}: {problem.code}")


class Convention:
    """Will hold one version of the naming convention."""


def normalise(convention: Convention, values: Mapping[str, str]) -> dict[str, str]:
    """Return a value for every field, "" if none was given, blanks around and leading zeros removed."""
    raise NotImplementedError


def build(convention: Convention, values: Mapping[str, str]) -> str:
    """Return the name. Raise NotAName when a value cannot stand in a name; meaning is not judged."""
    raise NotImplementedError


def parse(convention: Convention, name: str) -> dict[str, str]:
    """Return the fields of a name that `build` could have made; raise NotAName for any other text."""
    raise NotImplementedError


def check(convention: Convention, values: Mapping[str, str], context: Mapping[str, str]) -> list[Problem]:
    """Return all errors and warnings of the values, in the order of the fields."""
    raise NotImplementedError


def judge(
    convention: Convention, name: str, context: Mapping[str, str]
) -> tuple[dict[str, str] | None, list[Problem]]:
    """Parse and check a name. The fields are None when the text is no name at all."""
    raise NotImplementedError
