"""What differs between two things, key by key."""

import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Pair:
    """One key with its two values as text; None where one of the things does not have it."""

    key: str
    first: str | None
    second: str | None

    @property
    def differs(self) -> bool:
        """Say whether the values are not the same."""
        return self.first != self.second


def pairs_of(first: Mapping[str, str], second: Mapping[str, str]) -> list[Pair]:
    """Return all keys, those of the first in their order and then the rest."""
    keys = dict.fromkeys([*first, *second])
    return [Pair(key, first.get(key), second.get(key)) for key in keys]


def flattened(value: object, key: str = "") -> dict[str, str]:
    """Return each value inside a JSON value by its key: {"a": [{"b": 1}]} → {"a[0].b": "1"}.

    Texts are as they are, everything else as JSON writes it; an empty table or list is one value.
    """
    if isinstance(value, dict) and value:
        inner = [flattened(each, f"{key}.{name}" if key else str(name)) for name, each in value.items()]
    elif isinstance(value, list) and value:
        inner = [flattened(each, f"{key}[{number}]") for number, each in enumerate(value)]
    else:
        return {key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}
    return {name: text for part in inner for name, text in part.items()}
