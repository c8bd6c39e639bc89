"""What a list of tasks can be narrowed by: the filters, and how their values are written.

A filter takes several values, any of which is meant. Values are text as it stands in the address:
a word ("done"), a number or a range of numbers ("59", "59-70", "59-", "-70"), a whole id ("77"), a span of
time ("7d", "2026-03-01", "2026-03-01..2026-03-05", "..7d"). What cannot be read is None here: the pages leave
it out and say so.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from app.domain.name_field import NameField
from app.domain.naming_form import normalise_value

# The word that stands for the reader among creators. No username holds this sign.
MYSELF = "@me"
# Names or ids that one list may hold.
MOST_LISTED = 1000
# Values that one filter may have; an address takes few more.
MOST_VALUES = 100


class Kind(StrEnum):
    """How the values of a filter are read."""

    WORD = "word"
    ID = "id"
    SPAN = "span"
    FIELD = "field"  # of the name: a word, or for numbers also a range


@dataclass(frozen=True)
class TaskFilter:
    """A filter by its name in the address; field: of the name, for those by a field."""

    name: str
    kind: Kind
    field: NameField | None = None


# In the order of the address. A filter by something new is a line here, one in services/task_conditions.py
# (what it compares) and one in views/filter_words.py (its label).
FILTERS = (
    TaskFilter("state", Kind.WORD),
    TaskFilter("creator", Kind.WORD),
    TaskFilter("type", Kind.WORD),
    TaskFilter("tag", Kind.WORD),
    TaskFilter("campaign", Kind.WORD),
    TaskFilter("request", Kind.WORD),
    TaskFilter("followed", Kind.WORD),  # by MYSELF
    TaskFilter("updated", Kind.SPAN),
    TaskFilter("created", Kind.SPAN),
    TaskFilter("chain", Kind.ID),
    TaskFilter("panda", Kind.ID),
)
FIELD_PREFIX = "f_"

_RANGE = re.compile(r"([0-9]+(?:[.p][0-9]+)?)?(?:-|\N{EN DASH}|\.\.)([0-9]+(?:[.p][0-9]+)?)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AGE = re.compile(r"([0-9]{1,4})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 168}
_LONGEST_ID = 18
_APART = re.compile(r"[,;\s]+")


def field_filter(field: NameField) -> TaskFilter:
    """Return the filter by a field of the name."""
    return TaskFilter(FIELD_PREFIX + field.name, Kind.FIELD, field)


def read_value(wanted: TaskFilter, text: str) -> str | None:
    """Return a value in its one spelling; None for what is no value of this filter."""
    if wanted.kind is Kind.ID:
        is_id = text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID
        return str(int(text)) if is_id and int(text) else None
    if wanted.kind is Kind.SPAN:
        return text if _is_span(text) else None
    if wanted.field:
        return _field_value(wanted.field, text)
    return text or None


def split_values(wanted: TaskFilter, text: str) -> list[str]:
    """Return the values typed into one box, apart by commas, semicolons or blanks."""
    if wanted.kind is Kind.SPAN or (wanted.field and wanted.field.is_number):
        text = re.sub(r"\s*(-|\N{EN DASH}|\.\.)\s*", r"\1", text) if wanted.field else text
        text = re.sub(r"\s*\.\.\s*", "..", text)
    return [value for value in _APART.split(text) if value]


def split_list(text: str) -> tuple[str, ...]:
    """Return the names or ids of a pasted list, each once: apart by commas, semicolons, blanks or lines."""
    words = (word.strip("\"'") for word in _APART.split(text))
    # An id as people copy it: with zeros before it, it is the same.
    return tuple(dict.fromkeys(str(int(word)) if is_listed_id(word) else word for word in words if word))


def is_listed_id(word: str) -> bool:
    """Say whether a word of a list is an id; everything else is a name."""
    return word.isascii() and word.isdigit() and len(word) <= _LONGEST_ID


def _field_value(field: NameField, text: str) -> str | None:
    bounds = _RANGE.fullmatch(text) if field.is_number else None
    if bounds is None:
        return normalise_value(field, text) or None
    low, high = (normalise_value(field, bound or "") for bound in bounds.groups())
    if low and high and float(low) > float(high):
        low, high = high, low
    return f"{low}-{high}" if low or high else None


def number_range(value: str) -> tuple[float | None, float | None] | None:
    """Return the bounds of a range of numbers, both within it; None: it is a single value."""
    bounds = _RANGE.fullmatch(value)
    if bounds is None:
        return None
    low, high = bounds.groups()
    return (float(low) if low else None, float(high) if high else None)


def span_of(value: str, now: datetime, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    """Return when a span begins and when it is over (no part of it any more); None: it has no such end.

    Days are whole, in the reader's zone. "7d" is the last seven days, "..7d" what is older. Raise ValueError
    for what read_value would not take.
    """
    first, dots, last = value.partition("..")
    if not dots:
        return (_begin(first, now, zone), None if _AGE.fullmatch(first) else _end(first, now, zone))
    return (_begin(first, now, zone) if first else None, _end(last, now, zone) if last else None)


def span_ends(value: str) -> Sequence[tuple[str, str]]:
    """Return how each end of a span is written: ("age", "7d"), ("day", "2026-03-01") or ("", "")."""
    first, dots, last = value.partition("..")
    ends = (first, last) if dots else (first, "" if _AGE.fullmatch(first) else first)
    return [("age" if _AGE.fullmatch(end) else "day" if end else "", end) for end in ends]


def age_of(text: str) -> tuple[int, str]:
    """Return how many hours, days or weeks, and which of them: ("7d" → 7, "d")."""
    found = _AGE.fullmatch(text)
    if found is None:
        message = f"{text!r} is no age"
        raise ValueError(message)
    return int(found[1]), found[2]


def _is_span(text: str) -> bool:
    first, dots, last = text.partition("..")
    ends = [end for end in (first, last) if end]
    return bool(ends) and (bool(dots) or bool(first)) and all(_is_end(end) for end in ends)


def _is_end(text: str) -> bool:
    if _AGE.fullmatch(text):
        return True
    try:
        # The first and the last year have no day before or after them.
        return bool(_DAY.fullmatch(text)) and 1 < date.fromisoformat(text).year < 9999
    except ValueError:
        return False


def _begin(text: str, now: datetime, zone: tzinfo) -> datetime:
    if _AGE.fullmatch(text):
        count, unit = age_of(text)
        return now - timedelta(hours=count * _HOURS[unit])
    return datetime.combine(date.fromisoformat(text), time.min, zone)


def _end(text: str, now: datetime, zone: tzinfo) -> datetime:
    if _AGE.fullmatch(text):
        return _begin(text, now, zone)
    return datetime.combine(date.fromisoformat(text) + timedelta(days=1), time.min, zone)
