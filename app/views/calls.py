"""The log of exchanges with PanDA."""

import hashlib
import json
from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.domain.permission import Right
from app.domain.plain_text import without_control_characters
from app.htmx import nothing_new, wants_fragment
from app.identity import needs
from app.messages import outcome_word
from app.models import PandaCall
from app.services.call_list import CallQuery, get_call, list_calls, methods_in_use, outcomes_in_use
from app.services.paging import Page
from app.views.urls import ListUrl, list_url_for, page_number

blueprint = Blueprint("calls", __name__)

LONGEST = 256
# Of an answer only so many characters are written down.
ANSWER_KEPT = 4096


@blueprint.get("/calls")
@needs(Right.VIEW_CALLS)
def index() -> str | Response:
    """List the calls, newest first; a poll that finds nothing changed gets an empty answer."""
    query = _read_query()
    page = list_calls(query, current_app.config["LIST_PAGE_SIZE"], current_app.config["COUNT_LIMIT"])
    revision = _revision(page)
    if request.args.get("revision") == revision:
        return nothing_new()
    context = _context(query, page, revision)
    if wants_fragment():
        return render_template("calls/_table.html", **context)
    outcomes = [(outcome, outcome_word(outcome)) for outcome in outcomes_in_use()]
    return render_template("calls/list.html", **context, methods=methods_in_use(), outcomes=outcomes)


@blueprint.get("/calls/<int:call_id>")
@needs(Right.VIEW_CALLS)
def show(call_id: int) -> str:
    """Show one call with its request and answer."""
    call = get_call(call_id)
    answer = call.answer or ""
    return render_template(
        "calls/page.html", call=call, answer_text=_for_reading(answer), is_cut=len(answer) >= ANSWER_KEPT
    )


def _for_reading(answer: str) -> str:
    """Return an answer in JSON with line breaks; any other, or one that was cut off, as it is."""
    try:
        return json.dumps(json.loads(answer), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return answer


def _read_query() -> CallQuery:
    def read(name: str) -> str:
        return without_control_characters(request.args.get(name, "")).strip()[:LONGEST]

    return CallQuery(
        method=read("method"),
        outcome=read("outcome"),
        task=read("task"),
        user=read("user"),
        text=read("q"),
        page=page_number(request.args.get("page")),
    )


def _revision(page: Page[PandaCall]) -> str:
    shown = [(call.id, call.outcome) for call in page.rows]
    return hashlib.sha256(repr((shown, page.number, page.total)).encode()).hexdigest()[:16]


def _context(query: CallQuery, page: Page[PandaCall], revision: str) -> dict[str, Any]:
    parts = {
        "q": query.text,
        "method": query.method,
        "outcome": query.outcome,
        "task": query.task,
        "user": query.user,
        "page": page.number if page.number > 1 else None,
    }
    list_url = list_url_for("calls.index", parts)
    return {
        "page": {
            "rows": page.rows, "number": page.number, "pages": page.pages, "total": page.total,
            "is_more": page.is_more, "has_next": page.has_next, "revision": revision,
            "is_changing": page.number == 1 and not query.text,
        },
        "query": query,
        "list_url": list_url,
        "chips": _chips(query, list_url),
    }  # fmt: skip


def _chips(query: CallQuery, list_url: ListUrl) -> list[tuple[str, str, str]]:
    """Return (label, value, URL without it) of each active filter."""
    found = [
        (_("Text in the latest calls"), query.text, "q"),
        (_("Method"), query.method, "method"),
        (_("Outcome"), outcome_word(query.outcome), "outcome"),
        (_("Task id"), query.task, "task"),
        (_("User"), query.user, "user"),
    ]
    return [(label, value, list_url(**{part: None, "page": None})) for label, value, part in found if value]
