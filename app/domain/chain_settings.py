"""The chains that people can plan: data of config.py (CHAINS, explained there), checked and typed."""

import itertools
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from app.domain.settings_reader import Reader


@dataclass(frozen=True)
class Chain:
    """Data types that feed each other."""

    name: str
    label: Mapping[str, str]
    steps: tuple[str, ...]


def chain_problems(chains: object, recipes: Mapping[str, object]) -> list[str]:
    """Return all that is wrong with CHAINS, and with the next_steps of RECIPES, in plain English."""
    problems: list[str] = []
    next_steps = {data_type: _next_steps(table) for data_type, table in recipes.items()}
    for data_type, following in next_steps.items():
        problems += [
            f"RECIPES, {data_type}: next_steps: there is no recipe {step!r}"
            for step in following
            if step not in recipes
        ]
    if not isinstance(chains, list | tuple) or not chains:
        return [*problems, "CHAINS: must be a list of tables, one at least"]
    for number, table in enumerate(chains):
        _read_chain(Reader(table, f"CHAINS[{number}]", problems), next_steps)
    return problems


def chains_from_settings(chains: Iterable[object]) -> dict[str, Chain]:
    """Return CHAINS by name, in their order; they are checked by chain_problems."""
    read = [_read_chain(Reader(table, "CHAINS", []), None) for table in chains]
    return {chain.name: chain for chain in read}


def _next_steps(table: object) -> tuple[str, ...]:
    found = table.get("next_steps", ()) if isinstance(table, Mapping) else ()
    return tuple(map(str, found)) if isinstance(found, list | tuple) else ()


def _read_chain(reader: Reader, next_steps: Mapping[str, Collection[str]] | None) -> Chain:
    chain = Chain(reader.text("name"), reader.words("label"), reader.texts("steps"))
    reader.close()
    if not chain.steps:
        reader.note("steps is missing")
    if next_steps is None:
        return chain
    for step in chain.steps:
        if step not in next_steps:
            reader.note(f"steps: there is no recipe {step!r}")
    for step, following in itertools.pairwise(chain.steps):
        if step in next_steps and following not in next_steps[step]:
            reader.note(f"steps: {following} is none of the next_steps of {step}")
    return chain
