"""Read YAML as a list of rows from its events: nothing is ever built of what it says.

The loaders of PyYAML would turn 013 into 11, "no" into False and an alias into a copy of what it names; and a
text of a few lines can unfold into gigabytes of copies. Here a value is the text that stands there.
"""

from collections.abc import Iterator

import yaml

from app.domain.problem import Problem
from app.domain.task_table import TABLE, Format, Record, Unreadable
from app.domain.task_text import refuse_row, unreadable

# The reader in C is thirty times as fast; it may be missing.
_READER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
_STARTS = (yaml.SequenceStartEvent, yaml.MappingStartEvent)
# Time to read grows with the square of the depth.
_DEEPEST = 8
_ENDS = (yaml.SequenceEndEvent, yaml.MappingEndEvent)

Events = Iterator[yaml.Event]


def read_yaml(text: str) -> Iterator[Record]:
    """Yield the mappings of a list. Raise Unreadable."""
    try:
        yield from _records(_without_aliases(yaml.parse(text, Loader=_READER)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise unreadable(Format.YAML, mark.line + 1 if mark else 1, mark.column + 1 if mark else 1) from None
    except yaml.YAMLError:  # a character that YAML does not take
        raise unreadable(Format.YAML, 1, 1) from None


def _without_aliases(events: Events) -> Events:
    for event in events:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Unreadable(Problem(TABLE, "yaml_alias", {"line": event.start_mark.line + 1}))
        yield event


def _records(events: Events) -> Iterator[Record]:
    first = next((event for event in events if not _is_beginning(event)), None)
    if first is None or isinstance(first, yaml.StreamEndEvent) or _is_nothing(first):
        return
    if not isinstance(first, yaml.SequenceStartEvent):
        raise Unreadable(Problem(TABLE, "no_list", {"format": "YAML"}))
    for number, event in enumerate(events, 1):
        if isinstance(event, yaml.SequenceEndEvent):
            break
        if not isinstance(event, yaml.MappingStartEvent):
            refuse_row(number)
        yield Record(number, list(_pairs(number, events)))
    if any(isinstance(event, yaml.DocumentStartEvent) for event in events):
        raise Unreadable(Problem(TABLE, "no_list", {"format": "YAML"}))


def _is_beginning(event: yaml.Event) -> bool:
    return isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent)


def _is_nothing(event: yaml.Event) -> bool:
    """Say whether nothing stands there, or a null without quotes."""
    return isinstance(event, yaml.ScalarEvent) and event.implicit[0] and event.value in _NOTHING


def _pairs(number: int, events: Events) -> Iterator[tuple[str, str | None]]:
    for key in events:
        if isinstance(key, yaml.MappingEndEvent):
            return
        if not isinstance(key, yaml.ScalarEvent):
            refuse_row(number)
        yield key.value, _value(next(events), events)


def _value(event: yaml.Event, events: Events) -> str | None:
    """Return a text; None where a list or a table stands, which is passed over to its end."""
    if isinstance(event, yaml.ScalarEvent):
        return "" if _is_nothing(event) else str(event.value)
    depth = 1
    while depth:
        inner = next(events)
        depth += isinstance(inner, _STARTS) - isinstance(inner, _ENDS)
        if depth > _DEEPEST:
            raise Unreadable(Problem(TABLE, "too_deep"))
    return None
