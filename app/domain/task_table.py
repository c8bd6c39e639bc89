"""A table of tasks as people write it into a file: a row is a task, a column a field of it.

A reader (CSV and JSON in task_text.py, YAML in services/yaml_records.py) makes records of the text; here
their columns are told apart. Nothing is left out in silence: a column that is not known is an error.
"""

import difflib
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.convention import Convention
from app.domain.labels import LABELS
from app.domain.naming_form import quoted
from app.domain.problem import Problem

# Columns beside the fields of the name.
SIZE = ("events", "jobs")
OTHER_COLUMNS = (*SIZE, "collision", "parent", *LABELS)
# What problems of the whole table are blamed on.
TABLE = "table"
# No table of tasks has more; a header may be short, and name far more than there is memory for.
MOST_COLUMNS = 200
# More lines of the same kind help nobody.
_MOST_ALIKE = 5


class Format(StrEnum):
    """How a table is written."""

    CSV = "csv"
    JSON = "json"
    YAML = "yaml"


class Unreadable(Exception):
    """The text is no table of tasks; `problems` say why."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(problem.code for problem in problems))


@dataclass(frozen=True)
class Record:
    """A row as it was read. cells: pairs, as a name may come twice; None where a list or a table stands.

    number: as a spreadsheet counts, the header being 1; in a list from 1.
    """

    number: int
    cells: Sequence[tuple[str, str | None]]
    # Values for which there is no column.
    too_many: int = 0


@dataclass(frozen=True)
class TableRow:
    """A row by the names of the columns; problems: of its cells as such."""

    number: int
    cells: Mapping[str, str]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Columns:
    """The columns there are, in their order; words: what else each may be called, in any case."""

    names: tuple[str, ...]
    words: Mapping[str, str]

    @classmethod
    def of(cls, convention: Convention, labels: Mapping[str, Iterable[str]]) -> "Columns":
        """Return the columns of a convention. labels: further words for a column, by its name."""
        names = (*convention.field_names, *OTHER_COLUMNS)
        words = {_key(text): field.name for field in convention.fields for text in field.label.values()}
        words |= {_key(text): name for name, texts in labels.items() for text in texts}
        return cls(names, words | {_key(name): name for name in names})

    def find(self, heading: str) -> str | None:
        """Return the column that a heading means."""
        return self.words.get(_key(heading))

    def nearest(self, heading: str) -> str:
        """Return the column a heading may have been meant for, or ""."""
        near = difflib.get_close_matches(_key(heading)[:64], self.words, n=1, cutoff=0.6)
        return self.words[near[0]] if near else ""


def rows_of(records: Iterable[Record], columns: Columns, limit: int) -> list[TableRow]:
    """Return the rows that say something. limit: how many there may be. Raise Unreadable.

    Rows beyond the limit are counted, not kept.
    """
    filled = (record for record in records if record.too_many or any(text != "" for _, text in record.cells))
    kept = list(itertools.islice(filled, limit))
    if not kept:
        raise Unreadable(Problem(TABLE, "table_empty"))
    if beyond := sum(1 for _ in filled):
        raise Unreadable(Problem(TABLE, "too_many_rows", {"rows": limit + beyond, "maximum": limit}))
    check_headings([[heading for heading, _ in record.cells] for record in kept], columns)
    return [_row(record, columns) for record in kept]


def check_headings(headings: Sequence[Sequence[str]], columns: Columns) -> None:
    """Raise Unreadable where rows have headings that are unknown, there twice, or too many."""
    widest = max(map(len, headings), default=0)
    if widest > MOST_COLUMNS:
        values = {"columns": widest, "maximum": MOST_COLUMNS}
        raise Unreadable(Problem(TABLE, "too_many_columns", values))
    if problems := list(itertools.islice(_heading_problems(headings, columns), _MOST_ALIKE)):
        raise Unreadable(*problems)


def guess_format(text: str) -> Format:
    """Return how a text seems to be written."""
    lines = (line.strip() for line in text.splitlines())
    first = next((line for line in lines if line and not line.startswith("#")), "")
    if first.startswith(("[", "{")):
        return Format.JSON
    return Format.YAML if first in ("-", "---") or first.startswith(("- ", "--- ")) else Format.CSV


def clean(text: str) -> str:
    """Return a text that both databases and a page can take: U+FFFD for what is no character.

    That can stand in no name, so it is found wrong where it stands.
    """
    return re.sub("[\0\ud800-\udfff]", "\ufffd", text)


def in_ranges(numbers: Iterable[int]) -> str:
    """Return numbers that grow as people write them: 3, 5–9, 12."""
    return _written(_ranges(numbers))


def first_ranges(numbers: Iterable[int], most: int) -> tuple[str, int]:
    """Return the first ranges of numbers that grow, up to `most`, and how many numbers are not in them."""
    ranges = _ranges(numbers)
    return _written(ranges[:most]), sum(last - first + 1 for first, last in ranges[most:])


def _ranges(numbers: Iterable[int]) -> list[list[int]]:
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ranges


def _written(ranges: Iterable[Sequence[int]]) -> str:
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in ranges)


def _heading_problems(headings: Sequence[Sequence[str]], columns: Columns) -> Iterator[Problem]:
    """Yield them one by one: to look for the nearest column takes long, and only the first are told."""
    known = {each: columns.find(each) for each in dict.fromkeys(itertools.chain.from_iterable(headings))}
    yield from (_unknown(each, columns) for each, name in known.items() if name is None)
    counts = (Counter(known[each] for each in row) for row in headings)
    twice = dict.fromkeys(name for count in counts for name, times in count.items() if name and times > 1)
    yield from (Problem(TABLE, "column_twice", {"column": name}) for name in twice)


def _unknown(heading: str, columns: Columns) -> Problem:
    values = {"column": quoted(clean(heading))}
    if nearest := columns.nearest(heading):
        return Problem(TABLE, "unknown_column_near", values | {"nearest": nearest})
    return Problem(TABLE, "unknown_column", values)


def _row(record: Record, columns: Columns) -> TableRow:
    problems = []
    if record.too_many:
        values = {"cells": len(record.cells) + record.too_many, "columns": len(record.cells)}
        problems.append(Problem(TABLE, "too_many_cells", values))
    cells = {}
    for heading, text in record.cells:
        name = columns.find(heading) or heading
        cells[name] = "" if text is None else clean(text).strip()
        if text is None:
            problems.append(Problem(name, "not_one_value"))
    return TableRow(record.number, cells, tuple(problems))


def _key(heading: str) -> str:
    return re.sub(r"[\s_-]+", " ", heading).strip().casefold()
