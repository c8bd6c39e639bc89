"""Plans: the tasks of one or several chains, laid out from what a person wants before anything is made.

A wish holds values for every field of the name but the data type, several where several samples are wanted;
each combination is a chain, and each chain has the wished steps. What is typed into a cell of the table
counts for its task, and dataset name, version and events for the later steps of its chain too.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.convention import Convention
from app.domain.estimate import SizeLimits, check_size, events_per_job, panda_jobs, read_count
from app.domain.name_field import Kind, NameField
from app.domain.naming import NotAName, build, normalise
from app.domain.problem import Problem

# What can be typed into a cell; the first three go on to the later steps.
FOLLOWED = ("dataset", "version", "events")
CELLS = (*FOLLOWED, "jobs")

# Between several values of a field; none of them can stand in a name.
_BETWEEN = re.compile(r"[,;\n]")
# A fraction as it is written in Russian, or two whole numbers.
_MAYBE_ONE = re.compile(r"[0-9]+,[0-9]+")
_RANGE = re.compile(r"([0-9]{1,9})\s*(?:-|–|\.\.)\s*([0-9]{1,9})")


@dataclass(frozen=True)
class Step:
    """A step of every chain of a plan. events_per_job: what the recipe suggests."""

    data_type: str
    events_per_job: int


@dataclass(frozen=True)
class Wish:
    """What a person wants. values: several for a field make several chains.

    cells: what was typed into the table, by (chain, step, column), counted from 0.
    """

    values: Mapping[str, Sequence[str]]
    steps: Sequence[Step]
    events: str
    cells: Mapping[tuple[int, int, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class PlannedTask:
    """One task of a plan. events and jobs are None where what was typed is no number.

    follows: what each cell would hold had nothing been typed into it; typed: what it holds.
    """

    chain: int
    step: int
    fields: Mapping[str, str]
    name: str | None
    events: int | None
    jobs: int | None
    follows: Mapping[str, str]
    typed: Mapping[str, str]
    problems: tuple[Problem, ...]

    @property
    def panda_jobs(self) -> int | None:
        """Return how many jobs PanDA will make, or None while the size is wrong."""
        if not self.events or not self.jobs:
            return None
        return panda_jobs(self.events, events_per_job(self.events, self.jobs))


def read_values(field: NameField, texts: Sequence[str], most: int) -> list[str]:
    """Return the values that were typed for a field, each once: "10, 13.5, 27"; for whole numbers "59-70".

    A range of more than `most` numbers stays as it was typed, and so is no number. So does "13,5" where a
    number may have a fraction: nobody but who typed it knows whether it is one value or two.
    """
    parts = [part.strip() for text in texts for part in _parts(field, text)]
    values = [value for part in parts if part for value in _expand(field, part, most)]
    return list(dict.fromkeys(values)) or [""]


def _parts(field: NameField, text: str) -> list[str]:
    if field.kind is not Kind.DECIMAL:
        return _BETWEEN.split(text)
    pieces = re.split(r"[;\n]|,(?=\s)", text)
    return [
        part
        for each in pieces
        for part in ([each] if _MAYBE_ONE.fullmatch(each.strip()) else each.split(","))
    ]


def _expand(field: NameField, part: str, most: int) -> Sequence[str]:
    found = _RANGE.fullmatch(part) if field.kind is Kind.INTEGER else None
    if found is None:
        return [part]
    first, last = int(found[1]), int(found[2])
    return [str(number) for number in range(first, last + 1)] if 0 <= last - first < most else [part]


def combinations(convention: Convention, wish: Wish, type_field: str) -> list[dict[str, str]]:
    """Return the fields of each chain without the data type: every combination, in the order of the name."""
    names = [name for name in convention.field_names if name != type_field]
    products = itertools.product(*(wish.values.get(name) or [""] for name in names))
    return [dict(zip(names, values, strict=True)) for values in products]


def lay_out(
    convention: Convention,
    wish: Wish,
    chains: Sequence[Mapping[str, str]],
    type_field: str,
    limits_of: Callable[[Mapping[str, str]], SizeLimits],
) -> list[PlannedTask]:
    """Return the tasks of a plan, chain by chain.

    chains: their fields, as combinations gives them. limits_of: the limits of a task by its fields.
    """
    return [
        task
        for number, fields in enumerate(chains)
        for task in _lay_out_chain(convention, wish, number, fields, type_field, limits_of)
    ]


def _lay_out_chain(
    convention: Convention,
    wish: Wish,
    chain: int,
    fields: Mapping[str, str],
    type_field: str,
    limits_of: Callable[[Mapping[str, str]], SizeLimits],
) -> Iterator[PlannedTask]:
    passed_on = {name: fields.get(name, "") for name in FOLLOWED if name != "events"}
    passed_on["events"] = wish.events
    for number, step in enumerate(wish.steps):
        typed = {
            column: wish.cells[chain, number, column]
            for column in CELLS
            if (chain, number, column) in wish.cells
        }
        follows = dict(passed_on)
        passed_on |= {name: typed[name] for name in FOLLOWED if name in typed}
        events, problems = _count("events", passed_on["events"])
        follows["jobs"] = str(panda_jobs(events, step.events_per_job)) if events else ""
        jobs, more = _count("jobs", typed.get("jobs", follows["jobs"])) if events else (None, ())
        named = {**fields, "dataset": passed_on["dataset"], "version": passed_on["version"]}
        named[type_field] = step.data_type
        if events is not None and jobs is not None:
            more = tuple(check_size(events, jobs, limits_of(named)))
        yield PlannedTask(
            chain, number, normalise(convention, named), _name(convention, named), events, jobs,
            follows, {**follows, **typed}, (*problems, *more),
        )  # fmt: skip


def _name(convention: Convention, fields: Mapping[str, str]) -> str | None:
    try:
        return build(convention, fields)
    except NotAName:
        return None


def _count(column: str, text: str) -> tuple[int | None, tuple[Problem, ...]]:
    count = read_count(column, text)
    return (None, (count,)) if isinstance(count, Problem) else (count, ())
