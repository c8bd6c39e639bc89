"""What happened at the door, of all people, newest first."""

from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask_babel import gettext as _

from app.account_words import EVENT_WORDS, event_word
from app.domain.permission import Right
from app.domain.plain_text import without_control_characters
from app.domain.sign_in import Event
from app.htmx import wants_fragment
from app.identity import needs
from app.services.people import EventQuery, list_events
from app.views.urls import ListUrl, list_url_for

blueprint = Blueprint("people_events", __name__)

# Of an e-mail address.
LONGEST = 254


@blueprint.get("/people/events")
@needs(Right.MANAGE_PEOPLE)
def index() -> str:
    """List the events; each page begins behind a place, so that new ones do not move it."""
    query = _read_query()
    events, following = list_events(query, current_app.config["LIST_PAGE_SIZE"])
    list_url = list_url_for("people_events.index", {"kind": query.kind, "person": query.person})
    context = {
        "query": query, "events": events, "following": following, "list_url": list_url,
        "chips": _chips(query, list_url), **EVENT_WORDS,
    }  # fmt: skip
    if wants_fragment():
        return render_template("people/_events_list.html", **context)
    return render_template("people/events.html", **context, kinds=_kinds())


def _read_query() -> EventQuery:
    kind = request.args.get("kind", "")
    return EventQuery(
        kind=kind if kind in list(Event) else "",
        person=without_control_characters(request.args.get("person", "")).strip()[:LONGEST],
        before=request.args.get("before", ""),
    )


def _kinds() -> list[tuple[str, str]]:
    return sorted(((kind.value, event_word(kind.value)) for kind in Event), key=lambda pair: pair[1])


def _chips(query: EventQuery, list_url: ListUrl) -> list[tuple[Any, str, str]]:
    """Return (label, value, URL without it) of each active filter."""
    found = [
        (_("Event"), event_word(query.kind) if query.kind else "", "kind"),
        (_("Person"), query.person, "person"),
    ]
    return [(label, value, list_url(**{part: None})) for label, value, part in found if value]
