"""One action on many tasks: chosen in a list, shown with who is left out and why, confirmed, followed."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.domain.bulk import ORDER_OF, BulkKind, BulkState
from app.domain.bulk_edit import check_edit
from app.domain.permission import Right
from app.domain.problem import Problem
from app.domain.wish import check_wish
from app.htmx import nothing_new, wants_fragment
from app.identity import needs, signed_in_user
from app.language import number
from app.models import BulkAction
from app.security import own_path
from app.services import bulk
from app.services.bulk import Chosen, NoTasks, TooManyTasks
from app.services.bulk_judge import bulk_rules_from
from app.services.bulk_run import carry_on
from app.services.problems import NotFound
from app.services.task_query import TaskQuery
from app.views.bulk_form import edit_typed
from app.views.bulk_page import list_context, proposed_context, running_context
from app.views.refused import version_in
from app.views.task_filters import LONGEST_TEXT, read_query
from app.views.task_form import task_rules
from app.views.task_orders import wish_typed
from app.views.urls import page_number

blueprint = Blueprint("bulk", __name__, url_prefix="/bulk")

Answer = str | Response | tuple[str, int]

# No action: a button of the bar that leads to another page. Our pages have no formaction, which would do it.
COMPARE = "compare"
# What is meant beside the ticked tasks.
PAGE, ALL = "page", "all"
# An action on so few tasks is done before its page answers; on more by the scheduled work.
AT_ONCE = 10


@blueprint.get("")
@needs(Right.CREATE_TASK)
def index() -> str:
    """List the actions that the person has confirmed."""
    config = current_app.config
    asked = page_number(request.args.get("page"))
    page = bulk.list_actions(signed_in_user(), asked, config["LIST_PAGE_SIZE"], config["COUNT_LIMIT"])
    return render_template("bulk/list.html", **list_context(page))


@blueprint.post("")
@needs(Right.CREATE_TASK)
def propose() -> Response:
    """Write down what is to be done to which tasks, and lead to the page that says so before it is done."""
    wanted, back = request.form.get("kind", ""), own_path(request.form.get("back")) or url_for("tasks.index")
    if wanted == COMPARE:
        # One more than can be compared, so that the page says so.
        return redirect(url_for("compare.show", task=request.form.getlist("task")[:3]), 303)
    if wanted not in list(BulkKind):
        raise NotFound
    most, now = current_app.config["BULK_SIZE"], datetime.now(UTC)
    try:
        action = bulk.propose(signed_in_user(), BulkKind(wanted), _chosen(), back, most, now)
    except NoTasks:
        flash(_("There is no such task. Tick the tasks that are meant."), "warning")
        return redirect(back, 303)
    except TooManyTasks as refusal:
        counts = {"count": number(refusal.number), "most": number(most)}
        words = _("These are %(count)s tasks; one action may be on %(most)s. Narrow the filters.", **counts)
        flash(words, "warning")
        return redirect(back, 303)
    return redirect(url_for("bulk.show", action_id=action.id), 303)


def _chosen() -> Chosen:
    """Read which tasks are meant: all that the filters find, all of the page, or those that are ticked."""
    scope = request.form.getlist("scope")
    if ALL in scope:
        return Chosen(query=_query_in(request.form.get("query", "")))
    ticked = request.form.get("page_tasks", "").split(",") if PAGE in scope else request.form.getlist("task")
    if len(ticked) > current_app.config["BULK_SIZE"]:
        abort(413)
    return Chosen([version_in(text.partition(":")[0]) for text in ticked])


def _query_in(text: str) -> TaskQuery:
    if len(text) > LONGEST_TEXT * 4:
        abort(413)  # a part of the filters would find more than was shown
    return read_query(MultiDict(parse_qsl(text)))


@blueprint.get("/<int:action_id>")
@needs(Right.CREATE_TASK)
def show(action_id: int) -> Answer:
    """Show an action: before it is confirmed, while it goes on, and how it went."""
    user = signed_in_user()
    action = bulk.get_action(action_id, user)
    if action.state == BulkState.PROPOSED.value:
        return _proposed(action, bulk.typed_in(action), [])
    context = running_context(action, user)
    if request.args.get("revision") == context["revision"]:
        return nothing_new()
    return render_template("bulk/_run.html" if wants_fragment() else "bulk/page.html", **context)


@blueprint.post("/<int:action_id>/fields")
@needs(Right.CREATE_TASK)
def choose_fields(action_id: int) -> Answer:
    """Keep the fields that are to be changed, so that the page says what becomes of each task."""
    user = signed_in_user()
    action = bulk.get_action(action_id, user)
    if action.kind != BulkKind.EDIT.value:
        raise NotFound
    edit, typed = edit_typed(request.form)
    rules = task_rules()
    now = datetime.now(UTC)
    problems = check_edit(edit, rules.convention, rules.labels, rules.context(None, now))
    problems += [Problem(name, "not_ticked") for name in typed if typed[name] and name not in edit.values]
    wish = {"values": edit.values, "takes_warnings": edit.takes_warnings, "typed": typed}
    if problems:
        return _proposed(action, wish, problems), 422
    bulk.keep_wish(action_id, user, wish)
    return redirect(url_for("bulk.show", action_id=action_id), 303)


@blueprint.post("/<int:action_id>/start")
@needs(Right.CREATE_TASK)
def start(action_id: int) -> Answer:
    """Confirm an action: one on few tasks is done at once, one on many by the scheduled work."""
    user = signed_in_user()
    action = bulk.get_action(action_id, user)
    rules = bulk_rules_from(current_app.config)
    there = url_for("bulk.show", action_id=action_id)
    if action.state != BulkState.PROPOSED.value:
        return redirect(there, 303)
    wish, problems = _wish_for(action)
    if problems:
        return _proposed(action, wish, problems), 422
    if action.kind == BulkKind.EDIT.value and request.form.get("seen") != seen_wish(action):
        flash(_("The values were changed in another window. Look at them again."), "warning")
        return redirect(there, 303)
    now = datetime.now(UTC)
    bulk.start(action_id, user, wish, now)
    while action.tasks <= AT_ONCE and carry_on(action_id, rules, now):
        pass
    return redirect(there, 303)


def _wish_for(action: BulkAction) -> tuple[Mapping[str, Any], list[Problem]]:
    """Read what an action asks for beside its tasks, and what is wrong with that."""
    kind = BulkKind(action.kind)
    if kind is BulkKind.EDIT:
        chosen = bulk.edit_in(action).values
        return bulk.typed_in(action), [] if chosen else [Problem("edit", "nothing_chosen")]
    if kind not in ORDER_OF:
        return {}, []
    wish = wish_typed(ORDER_OF[kind])
    typed = {"argument": wish.argument, "comment": wish.comment}
    return typed, check_wish(wish, bulk_rules_from(current_app.config).wishes)


def seen_wish(action: BulkAction) -> str:
    """Return a short text of the values that a change was shown with."""
    return hashlib.sha256((action.wish or "").encode()).hexdigest()[:16]


@blueprint.post("/<int:action_id>/stop")
@needs(Right.CREATE_TASK)
def stop(action_id: int) -> Response:
    """Have the rest left alone."""
    bulk.stop(action_id, signed_in_user(), datetime.now(UTC))
    flash(_("Stopped. What was done stays done; the rest is as it was."), "success")
    return redirect(url_for("bulk.show", action_id=action_id), 303)


def _proposed(action: BulkAction, typed: Mapping[str, Any], problems: list[Problem]) -> str:
    rules, judged = bulk_rules_from(current_app.config), []
    # A change of fields is judged once its values are typed.
    if action.kind != BulkKind.EDIT.value or (action.wish and not problems):
        judged = bulk.judge_action(action, signed_in_user(), rules, datetime.now(UTC))
    context = proposed_context(action, judged, typed, problems)
    return render_template("bulk/confirm.html", **context, seen=seen_wish(action))
