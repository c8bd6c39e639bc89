"""Names of tasks: build one from its fields, split one, and say what is wrong with it.

The convention is data (config.py, NAMING_CONVENTIONS; types in convention.py and name_field.py). `values`
and `fields` map field names (year, source, energy, …) to text as a person writes it: an energy is "13.5"
there and 13p5 in the name. `context` holds what is no part of the name: "collision" (a code of
COLLISION_SYSTEMS, "" or missing when none was chosen) and "this_year" ("2026"; without it no year is too far
ahead).

`build` and `parse` are inverse: parse(build(values)) == normalise(values), build(parse(name)) == name.
"""

from collections.abc import Mapping
from dataclasses import replace

from app.domain.convention import Convention, conventions_from_settings, naming_problems, of_version
from app.domain.name_field import Choice, CollisionSystem, Kind, NameField, Rule
from app.domain.naming_form import decode, encode, normalise_value, spelling_problem
from app.domain.naming_mend import mend
from app.domain.naming_rules import collision_problems, meaning_problems, rule_problems
from app.domain.problem import Problem

__all__ = [
    "Choice",
    "CollisionSystem",
    "Convention",
    "Kind",
    "NameField",
    "NotAName",
    "Rule",
    "build",
    "check",
    "conventions_from_settings",
    "encode",
    "judge",
    "naming_problems",
    "normalise",
    "of_version",
    "parse",
]

# The field a problem of the whole name is blamed on.
_WHOLE_NAME = "name"


class NotAName(Exception):
    """Neither a name nor the makings of one; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(f"{problem.field}: {problem.code}")


def normalise(convention: Convention, values: Mapping[str, str]) -> dict[str, str]:
    """Return a value for every field, "" if none was given, in its one spelling; other keys are left out."""
    return {field.name: normalise_value(field, values.get(field.name, "")) for field in convention.fields}


def build(convention: Convention, values: Mapping[str, str]) -> str:
    """Return the name. Raise NotAName when a value cannot stand in a name; meaning is not judged."""
    normal = normalise(convention, values)
    for field in convention.fields:
        if problem := spelling_problem(convention, field, normal[field.name]):
            raise NotAName(_with_mend(convention, problem, normal))
    name = _join(convention, normal)
    if problem := _length_problem(convention, name):
        raise NotAName(problem)
    return name


def parse(convention: Convention, name: str) -> dict[str, str]:
    """Return the fields of a name that `build` could have made; raise NotAName for any other text.

    The name is split from both ends: what remains belongs to the field that may hold the separator.
    """
    if problem := _length_problem(convention, name):
        raise NotAName(problem)
    fields = {}
    for field, part in zip(convention.fields, _split(convention, name), strict=True):
        fields[field.name] = decode(field, part)
        if problem := spelling_problem(convention, field, fields[field.name]):
            raise NotAName(_with_mend(convention, problem, fields))
        normal = normalise_value(field, fields[field.name])
        if encode(field, normal) != part:
            values = {"value": part, "expected": encode(field, normal)}
            raise NotAName(Problem(field.name, "not_canonical", values, mend=normal))
    return fields


def check(convention: Convention, values: Mapping[str, str], context: Mapping[str, str]) -> list[Problem]:
    """Return all errors and warnings of the values, in the order of the fields."""
    normal = normalise(convention, values)
    found: list[Problem] = []
    spelled = {}
    for field in convention.fields:
        value = normal[field.name]
        if problem := spelling_problem(convention, field, value):
            found.append(problem)
        else:
            spelled[field.name] = value
            found += meaning_problems(field, value, context)
    found += rule_problems(convention, normal, context) + collision_problems(convention, spelled, context)
    if len(spelled) == len(normal) and (problem := _length_problem(convention, _join(convention, normal))):
        found.append(problem)
    # What is wrong with a field is not asked about as well.
    wrong = {problem.field for problem in found if problem.is_error}
    found = [problem for problem in found if problem.is_error or problem.field not in wrong]
    order = convention.field_names
    found.sort(key=lambda problem: order.index(problem.field) if problem.field in order else len(order))
    return [_with_mend(convention, problem, normal) for problem in found]


def judge(
    convention: Convention, name: str, context: Mapping[str, str]
) -> tuple[dict[str, str] | None, list[Problem]]:
    """Parse and check a name. The fields are None when the text is no name at all."""
    try:
        fields = parse(convention, name)
    except NotAName as error:
        return None, [error.problem]
    return fields, check(convention, fields, context)


def _join(convention: Convention, normal: Mapping[str, str]) -> str:
    return convention.separator.join(encode(field, normal[field.name]) for field in convention.fields)


def _split(convention: Convention, name: str) -> list[str]:
    """Return one part for each field; raise NotAName."""
    parts = name.split(convention.separator)
    spare = len(parts) - len(convention.fields)
    holders = [place for place, field in enumerate(convention.fields) if field.holds_separator]
    if spare < 0 or (spare > 0 and not holders):
        values = {"found": len(parts), "expected": len(convention.fields)}
        raise NotAName(Problem(_WHOLE_NAME, "wrong_number_of_fields", values))
    if not spare:
        return parts
    start, end = holders[0], holders[0] + spare + 1
    return [*parts[:start], convention.separator.join(parts[start:end]), *parts[end:]]


def _length_problem(convention: Convention, name: str) -> Problem | None:
    if len(name) <= convention.max_length:
        return None
    return Problem(_WHOLE_NAME, "too_long", {"length": len(name), "maximum": convention.max_length})


def _with_mend(convention: Convention, problem: Problem, values: Mapping[str, str]) -> Problem:
    """Offer a correction of what is misspelled or not listed. A number out of range is left to its author."""
    if problem.code not in _MENDABLE or problem.field not in convention.field_names:
        return problem
    corrected = mend(convention, convention.field(problem.field), values[problem.field])
    return replace(problem, mend=corrected)


_MENDABLE = {
    "space",
    "foreign_letter",
    "separator",
    "forbidden_character",
    "misplaced_separator",
    "not_a_number",
    "not_an_integer",
    "not_in_vocabulary",
    "wrong_pattern",
}
