"""Why a state changed: our reasons in the reader's language, PanDA's and the network's words as they came."""

import re
from dataclasses import dataclass

from flask_babel import gettext

from app.messages import state_word


@dataclass(frozen=True)
class Reason:
    """language: of the words, for screen readers; None is the page's own."""

    words: str
    language: str | None = None


def _mark(text: str) -> str:
    """Mark a text for translation here and translate it later (pybabel's keyword)."""
    return text


# The history stores what the scheduled work wrote down; each pattern is one of its sentences.
_OURS = [
    (re.compile(pattern), text)
    for pattern, text in (
        (
            r"the program was stopped while it was sending",
            _mark("The program was stopped while it was sending."),
        ),
        (r"not found at PanDA in (?P<looks>\d+) looks", _mark("Not found at PanDA. Looks: %(looks)s.")),
        (
            r"not found, and no later task of ours to compare with",
            _mark("Not found, and there is no later task of ours to compare with."),
        ),
        (
            r"not found at PanDA, sent again with the same name",
            _mark("Not found at PanDA; sent again with the same name."),
        ),
        (r"the task has moved on: (?P<state>.+)", _mark("The task has moved on: it is “%(state)s”.")),
        (
            r"PanDA took the order, but nothing happened in (?P<minutes>\d+) minutes",
            _mark("PanDA took the order, but nothing happened in %(minutes)s minutes."),
        ),
        (
            r"the answer was lost, and nothing happened in (?P<minutes>\d+) minutes",
            _mark("The answer was lost, and nothing happened in %(minutes)s minutes."),
        ),
        (r"PanDA does not know the task yet", _mark("PanDA does not know the task yet.")),
        (
            r"found more than once at PanDA: (?P<ids>.+)",
            _mark("Found more than once at PanDA: tasks %(ids)s."),
        ),
        (
            r"found at PanDA as task (?P<id>\d+), which does not fit what we know",
            _mark("Found at PanDA as task %(id)s, which does not fit what is known of it."),
        ),
        (r"it was put back before it was sent", _mark("It was put back before it was sent.")),
        (r"turned up after it was given up", _mark("It turned up at PanDA after it was given up.")),
        (
            r"part of it is accepted: its children may be sent",
            _mark("Part of it is accepted: its children may be sent."),
        ),
        (
            r"it is sent without waiting for its test",
            _mark("It is sent without waiting for its test."),
        ),
        (r"approved", _mark("Approved.")),
        (r"declined: (?P<comment>.+)", _mark("Declined: %(comment)s")),
        (
            r"it was changed after it was approved, and waits for approval again",
            _mark("It was changed after it was approved, and waits for approval again."),
        ),
        (
            r"enough of it is there: its children may be sent",
            _mark("Enough of it is there: its children may be sent."),
        ),
        (
            r"PanDA kept task (?P<kept>\d+) and aborted task (?P<id>\d+) as its duplicate",
            _mark(
                "PanDA kept task %(kept)s and aborted task %(id)s as its duplicate. The first is followed."
            ),
        ),
        (
            r"another task at PanDA has this name: (?P<id>\d+)",
            _mark("Another task at PanDA, which is not ours, has this name: %(id)s."),
        ),
        (
            r"the database was restored: the journal says that the task was sent",
            _mark("The database was restored, and the journal says that the task was sent."),
        ),
    )
]


def _in_words(parts: dict[str, str]) -> dict[str, str]:
    return {name: state_word(part) if name == "state" else part for name, part in parts.items()}


def reason_of(text: str) -> Reason:
    """Return a stored reason as a page shows it."""
    for pattern, ours in _OURS:
        if found := pattern.fullmatch(text):
            return Reason(gettext(ours, **_in_words(found.groupdict())))
    return Reason(text, "en")
