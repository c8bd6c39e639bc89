"""The shape of JSON: which keys there are and what kind of value each holds."""

from collections.abc import Iterable
from typing import Any

KINDS = {bool: "bool", int: "number", float: "number", str: "text", type(None): "null"}


def kinds(value: Any, path: str = "", found: dict[str, set[str]] | None = None) -> dict[str, set[str]]:
    """List every place of a value with the kinds seen there. Items of a list share one place.

    Keys that are numbers share one place too: PanDA keys some lists by task id.
    """
    found = {} if found is None else found
    if isinstance(value, dict):
        found.setdefault(path, set()).add("object")
        for key, item in value.items():
            kinds(item, f"{path}.{'#' if key.isdigit() else key}", found)
    elif isinstance(value, list):
        found.setdefault(path, set()).add("list")
        for item in value:
            kinds(item, f"{path}[]", found)
    else:
        found.setdefault(path, set()).add(KINDS[type(value)])
    return found


def differences(seen: Any, expected: Any, also_known: Iterable[Any]) -> list[str]:
    """Say where a value differs in shape from what is expected.

    The same places must be there, but for those inside something that is empty or null on one side. A place
    may hold any kind that it holds in the expected value or in another recording.
    """
    ours, theirs = kinds(seen), kinds(expected)
    known: dict[str, set[str]] = {}
    for value in [expected, *also_known]:
        kinds(value, "", known)
    places = [
        f"only one has {place}" for place in sorted(set(ours) ^ set(theirs)) if not _may_lack(place, known)
    ]
    return places + [
        f"{place}: {ours[place]} for {known[place]}"
        for place in sorted(ours)
        if place in known and not ours[place] <= known[place]
    ]


def _may_lack(place: str, known: dict[str, set[str]]) -> bool:
    """A place below an item of a list, or below something that was also seen null, may be missing."""
    parents = [place[:end] for end in range(len(place)) if place[end] in ".["]
    if place not in known:
        return False
    return any("null" in known.get(parent, set()) for parent in parents) or place.endswith("[]")
