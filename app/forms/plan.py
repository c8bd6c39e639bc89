"""The form of a plan: values of the sample, steps, events, and what was typed into the table."""

import hashlib
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.domain.convention import Convention
from app.domain.plain_text import without_control_characters
from app.domain.plan import CELLS, Step, Wish, combinations, read_values
from app.domain.recipe import Recipe

EVENTS, STEPS, COLLISION = "events", "steps", "collision"
# The name of a cell: chain, step, column.
_CELL = re.compile(r"cell-([0-9a-f]{12})-([0-9]{1,2})-([a-z]+)")
BETWEEN_STEPS = "-"


@dataclass(frozen=True)
class PlanForm:
    """A plan as it was typed. texts: of each field of the name; steps: data types that feed each other."""

    texts: Mapping[str, list[str]]
    collision: str | None
    events: str
    steps: tuple[str, ...]
    typed: Mapping[tuple[str, int, str], str]

    def wish(self, convention: Convention, sizes: Mapping[str, int], type_field: str, most: int) -> Wish:
        """Return what is wanted. sizes: events per job of each data type; most: values in a range."""
        values = {
            field.name: read_values(field, self.texts.get(field.name, []), most)
            for field in convention.fields
            if field.name != type_field
        }
        steps = [Step(name, sizes[name]) for name in self.steps]
        events = re.sub(r"\s", "", self.events)
        bare = Wish(values, steps, events)
        number_of = 1
        for name in values.values():
            number_of *= len(name)
        if not self.typed or number_of > most:
            return bare
        numbers = {key: number for number, key in enumerate(chain_keys(convention, bare, type_field))}
        cells = {
            (numbers[key], step, column): text
            for (key, step, column), text in self.typed.items()
            if key in numbers
        }
        return Wish(values, steps, events, cells)


def read_plan(
    source: Mapping[str, Sequence[str]],
    convention: Convention,
    type_field: str,
    recipes: Mapping[str, Recipe],
    first_steps: tuple[str, ...],
    *,
    is_meant: bool = False,
) -> PlanForm:
    """Read the form; source: every text that was sent, by name. Steps that make no chain become first_steps.

    is_meant: the tasks are to be made. A version that the page showed is meant then, be another one free by
    now: the second of two clicks makes nothing new.
    """
    steps = tuple(_first(source, STEPS).split(BETWEEN_STEPS))
    collision = _first(source, COLLISION)
    return PlanForm(
        texts={
            name: [_plain(text) for text in source.get(name, [])]
            for name in convention.field_names
            if name != type_field
        },
        collision=collision if collision in {system.code for system in convention.collisions} else None,
        events=_first(source, EVENTS),
        steps=steps if make_a_chain(steps, recipes) else first_steps,
        typed=_typed(source) | (_versions_seen(source) if is_meant else {}),
    )


def make_a_chain(steps: Sequence[str], recipes: Mapping[str, Recipe]) -> bool:
    """Say whether each of the data types may read what the one before makes."""
    return all(step in recipes for step in steps) and all(
        after in recipes[before].next_steps for before, after in itertools.pairwise(steps)
    )


def ways_on(data_type: str, recipes: Mapping[str, Recipe]) -> list[tuple[str, ...]]:
    """Return the steps that may follow a task of this data type: each way there is, no step twice in it."""

    def walk(before: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        for step in recipes[before[-1]].next_steps:
            if step in recipes and step not in before:
                yield (*before[1:], step)
                yield from walk((*before, step))

    return list(walk((data_type,))) if data_type in recipes else []


def chain_keys(convention: Convention, wish: Wish, type_field: str) -> list[str]:
    """Return a short text for each chain of a plan that stays the same when others come or go."""
    return [key_of(chain.values()) for chain in combinations(convention, wish, type_field)]


def key_of(values: Iterable[str]) -> str:
    """Return the key of the chain with these values."""
    return hashlib.sha256("\n".join(values).encode()).hexdigest()[:12]


def _typed(source: Mapping[str, Sequence[str]]) -> dict[tuple[str, int, str], str]:
    """Return the cells whose text differs from what would stand there of itself."""
    found = {}
    for name in source:
        cell = _CELL.fullmatch(name)
        text = _first(source, name)
        if cell and cell[3] in CELLS and text != _first(source, f"was-{name}"):
            found[cell[1], int(cell[2]), cell[3]] = re.sub(r"(?<=[0-9])\s(?=[0-9])", "", text)
    return found


def _versions_seen(source: Mapping[str, Sequence[str]]) -> dict[tuple[str, int, str], str]:
    """Return the versions that were chosen for the chains on the page, where none was typed."""
    cells = {name: _CELL.fullmatch(name) for name in source} if not _first(source, "version") else {}
    return {
        (cell[1], 0, "version"): _first(source, name)
        for name, cell in cells.items()
        if cell and (cell[2], cell[3]) == ("0", "version")
    }


def _first(source: Mapping[str, Sequence[str]], name: str) -> str:
    """Return what was sent under a name, the first where it was sent more than once."""
    return _plain(next(iter(source.get(name, [])), ""))


def _plain(text: str) -> str:
    return "\n".join(without_control_characters(line) for line in text.splitlines()).strip()
