"""The box for a list of names or ids: a short one stands in the address, a long one is kept."""

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from flask import Blueprint, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.domain.permission import Right
from app.domain.task_filter import MOST_LISTED, split_list
from app.identity import needs
from app.language import number
from app.services.pasted_lists import keep_list
from app.services.task_query import TaskQuery
from app.views.task_filters import LONGEST_TEXT, LONGEST_WORD, one_line, read_query, tasks_url, url_parts

blueprint = Blueprint("pasted_lists", __name__)


@blueprint.post("/tasks/paste")
@needs(Right.VIEW_TASKS)
def paste() -> Response | tuple[str, int]:
    """Lead to the list of the tasks that were pasted; the other filters stay."""
    query, text = _query_beside(request.form.get("query", "")), request.form.get("text", "")
    words = split_list(one_line(text))
    if problem := _problem_with(words):
        page = {"paste_text": text, "paste_problem": problem, "most_listed": MOST_LISTED}
        parts = url_parts(query)
        page |= {"view_query": request.form.get("query", ""), "list_url": lambda: tasks_url(**parts)}
        return render_template("tasks/paste.html", **page), 422
    in_line = ", ".join(words) + ("," if len(words) == 1 else "")
    if len(in_line) <= LONGEST_TEXT:
        return redirect(tasks_url(**url_parts(replace(query, text=in_line, list_key=""))), 303)
    key = keep_list(words, datetime.now(UTC))
    # A list in the text would have to be met as well.
    text = "" if query.names else query.text
    return redirect(tasks_url(**url_parts(replace(query, text=text, list_key=key))), 303)


def _query_beside(text: str) -> TaskQuery:
    return replace(read_query(MultiDict(parse_qsl(text[: LONGEST_TEXT * 4]))), page=1)


def _problem_with(words: tuple[str, ...]) -> str | None:
    if not words:
        return str(_("This must be filled in."))
    if len(words) > MOST_LISTED:
        counts = {"count": number(len(words)), "most": number(MOST_LISTED)}
        return str(_("These are %(count)s; at most %(most)s can be shown at once.", **counts))
    if any(len(word) > LONGEST_WORD for word in words):
        return str(_("A name has at most %(length)s characters.", length=LONGEST_WORD))
    return None
