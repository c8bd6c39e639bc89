"""What a person asks of the list of tasks."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo

from app.domain.task_filter import split_list

DEFAULT_SORT = "-updated"
# Sorts by a moment of the task, by the column's key.
_MOMENTS = {"updated_at": "updated"}


@dataclass(frozen=True)
class TaskQuery:
    """What is asked; every part of it stands in the address.

    text: words that all stand in the name; with a comma, names or ids. values: filter → its values, any of
    which is meant. listed: names and ids of a pasted list, whose address is list_key; () finds nothing.
    now, zone: what spans of time are reckoned from; a query with one needs them. left_out: (filter, text) of
    what could not be read.
    """

    text: str = ""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    listed: tuple[str, ...] | None = None
    list_key: str = ""
    sort: str = DEFAULT_SORT
    page: int = 1
    now: datetime | None = None
    zone: tzinfo = UTC
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names or ids in the text; none where it is words of a name."""
        return split_list(self.text) if "," in self.text else ()

    @property
    def all_listed(self) -> tuple[str, ...]:
        """Every name or id asked for, in the text and in the pasted list."""
        return tuple(dict.fromkeys((*self.names, *(self.listed or ()))))

    @property
    def is_list_gone(self) -> bool:
        """Say whether the address names a pasted list that is not kept (any more)."""
        return bool(self.list_key) and not self.listed

    def of(self, name: str) -> tuple[str, ...]:
        """Return the values of a filter."""
        return self.values.get(name, ())

    def with_values(self, name: str, values: tuple[str, ...]) -> "TaskQuery":
        """Return the query with other values of a filter, on its first page."""
        kept = {**self.values, name: tuple(dict.fromkeys(values))}
        return replace(self, values={key: each for key, each in kept.items() if each}, page=1)

    def direction_of(self, column: str) -> str | None:
        """Return "ascending", "descending", or None when the list is not sorted by this column."""
        if self.sort.removeprefix("-") != column:
            return None
        return "descending" if self.sort.startswith("-") else "ascending"

    def is_sorted_by(self, key: str) -> bool:
        """Say whether the list is sorted by this column of the task."""
        return _MOMENTS.get(key) == self.sort.removeprefix("-")
