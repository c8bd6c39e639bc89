"""The filters of the list of tasks in words: their labels, and their values as chips show them."""

from typing import NamedTuple

from flask_babel import LazyString, lazy_gettext, ngettext
from flask_babel import gettext as _

from app.domain.task_filter import FIELD_PREFIX, FILTERS, MYSELF, Kind, age_of, number_range, span_ends
from app.language import number
from app.messages import state_word
from app.page_context import field_label
from app.services.task_query import TaskQuery
from app.views.urls import ListUrl

LABELS: dict[str, LazyString] = {
    "state": lazy_gettext("State"),
    "creator": lazy_gettext("Creator"),
    "type": lazy_gettext("Type"),
    "tag": lazy_gettext("Tag"),
    "campaign": lazy_gettext("Campaign"),
    "request": lazy_gettext("Production request"),
    "followed": lazy_gettext("Followed by"),
    "updated": lazy_gettext("Last update"),
    "created": lazy_gettext("Created"),
    "chain": lazy_gettext("Chain"),
    "panda": lazy_gettext("PanDA id"),
}
_SPANS = {known.name for known in FILTERS if known.kind is Kind.SPAN}


class Chip(NamedTuple):
    """One value of one filter; url: of the list without it."""

    label: str
    value: str
    url: str


def filter_label(name: str) -> str:
    """Return the label of a filter by its name in the address."""
    return str(LABELS[name]) if name in LABELS else field_label(name.removeprefix(FIELD_PREFIX))


def value_words(name: str, value: str) -> str:
    """Return a value as people read it."""
    if name == "state":
        return state_word(value)
    if name in ("creator", "followed") and value == MYSELF:
        return str(_("me"))
    if name in _SPANS:
        return _span_words(value)
    bounds = number_range(value) if name.startswith(FIELD_PREFIX) else None
    return _range_words(value) if bounds else value


def chips_of(query: TaskQuery, list_url: ListUrl) -> list[Chip]:
    """Return a chip for each value of each active filter, in the order of the address."""
    label = _("Names or ids") if query.names else _("Name contains")
    chips = [Chip(label, query.text, list_url(q=None, page=None))] if query.text else []
    if query.list_key:
        count = len(query.listed or ())
        words = ngettext("%(count)s name or id", "%(count)s names or ids", count, count=number(count))
        chips.append(Chip(_("Pasted list"), words, list_url(list=None, page=None)))
    for name, values in query.values.items():
        for value in values:
            others = tuple(other for other in values if other != value)
            url = list_url(**{name: others, "page": None})
            chips.append(Chip(filter_label(name), value_words(name, value), url))
    return chips


def _range_words(value: str) -> str:
    low, _dash, high = value.partition("-")
    if not low:
        return str(_("%(number)s and less", number=high))
    return f"{low}\N{EN DASH}{high}" if high else str(_("%(number)s and more", number=low))


def _span_words(value: str) -> str:
    if ".." not in value:
        return _last(value) if span_ends(value)[0][0] == "age" else value
    begin, end = (_end_words(*end) for end in span_ends(value))
    if not begin:
        return str(_("until %(end)s", end=end))
    if not end:
        return str(_("from %(begin)s", begin=begin))
    return str(_("from %(begin)s until %(end)s", begin=begin, end=end))


def _end_words(kind: str, text: str) -> str:
    return _ago(text) if kind == "age" else text


def _last(text: str) -> str:
    count, unit = age_of(text)
    words = {
        "h": ngettext("the last hour", "the last %(num)s hours", count),
        "d": ngettext("the last day", "the last %(num)s days", count),
        "w": ngettext("the last week", "the last %(num)s weeks", count),
    }
    return str(words[unit])


def _ago(text: str) -> str:
    count, unit = age_of(text)
    words = {
        "h": ngettext("an hour ago", "%(num)s hours ago", count),
        "d": ngettext("a day ago", "%(num)s days ago", count),
        "w": ngettext("a week ago", "%(num)s weeks ago", count),
    }
    return str(words[unit])
