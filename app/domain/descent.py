"""Rows that follow from each other: in which order they can be made, and where they wait in a circle."""

from collections.abc import Sequence


def in_order(parents: Sequence[int | None]) -> list[int]:
    """Return the places of all rows, each after its parent and as near to it as can be.

    parents: the place of each row's parent. Rows of a circle, and what follows from them, are not in it.
    """
    children: dict[int | None, list[int]] = {}
    for place, parent in enumerate(parents):
        children.setdefault(parent, []).append(place)
    order: list[int] = []
    waiting = children.get(None, [])[::-1]
    while waiting:
        order.append(waiting.pop())
        waiting += children.get(order[-1], [])[::-1]
    return order


def circles(parents: Sequence[int | None]) -> list[list[int]]:
    """Return the places of rows that wait for each other, a list for each circle."""
    left = set(range(len(parents))) - set(in_order(parents))
    found: list[list[int]] = []
    while left:
        path: list[int] = []
        place = min(left)
        while place in left:
            left.remove(place)
            path.append(place)
            # Only rows of a circle, or below one, are left: each has a parent.
            place = parents[place] or 0
        if place in path:
            found.append(sorted(path[path.index(place) :]))
    return found
