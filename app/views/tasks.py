"""The list of tasks, the page of a task, and its actions."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.domain.task_state import TaskState, is_changing
from app.htmx import nothing_new, wants_fragment
from app.identity import signed_in_user
from app.models import Task, User
from app.services import commands, history, tasks
from app.services.parameters import ParameterBuilder
from app.services.problems import ChangedMeanwhile, Invalid, NotPossibleNow
from app.services.saved_views import find_default
from app.services.task_list import list_tasks, revision_of
from app.services.task_query import TaskQuery
from app.views.bulk_page import tick_kinds
from app.views.keep_fresh import keep_fresh
from app.views.names import named
from app.views.refused import seen_version, words_of
from app.views.submitted import submitted_words, withdrawn_words
from app.views.task_filters import read_query, tasks_url, url_parts, view_url, with_added
from app.views.task_history import SHOWN_OF_ALL, shown_history
from app.views.task_page import page_context, revision_of_task, status_context
from app.views.task_table import filter_choices, table_context
from app.views.urls import page_number

blueprint = Blueprint("tasks", __name__)


@blueprint.get("/tasks")
def index() -> str | Response:
    """List the tasks; a poll that finds nothing changed gets an empty answer."""
    user, query = signed_in_user(), read_query(request.args)
    if (better := _better_address(user, query)) is not None:
        return redirect(better, 303)
    page = list_tasks(query, user, current_app.config["LIST_PAGE_SIZE"], current_app.config["COUNT_LIMIT"])
    if request.args.get("revision") == revision_of(page):
        return nothing_new()
    kinds = tick_kinds(user)
    context = {**table_context(query, page, user), "can_tick": bool(kinds)}
    if wants_fragment():
        return render_template("tasks/_table.html", **context)
    choices = filter_choices(query, user)
    return render_template("tasks/list.html", **context, choices=choices, tick_kinds=kinds)


def _better_address(user: User, query: TaskQuery) -> str | None:
    """Return where the list stands with what is added to its filters, or by default; None: here."""
    if (added := with_added(query, request.args)) is not None:
        return tasks_url(**url_parts(added))
    if request.args or wants_fragment():
        return None
    view = find_default(user)
    return view_url(view) if view else None


@blueprint.get("/tasks/<int:task_id>")
def show(task_id: int) -> str:
    """Show a task; PanDA is asked for its newest state."""
    task = tasks.get_task(task_id, signed_in_user())
    keep_fresh([task])
    return render_template("tasks/page.html", **page_context(task, signed_in_user()))


@blueprint.get("/tasks/<int:task_id>/history")
def whole_history(task_id: int) -> str:
    """Show all that has happened to a task, a page at a time."""
    task = tasks.get_task(task_id, signed_in_user())
    page = history.history_of(task.id, page_number(request.args.get("page")), SHOWN_OF_ALL)
    entries = shown_history(page, signed_in_user())
    return render_template("tasks/history.html", task=named(task), history=page, entries=entries)


@blueprint.get("/tasks/<int:task_id>/status")
def status(task_id: int) -> str | Response:
    """Answer the piece that follows the state; an open page keeps the state fresh."""
    task = tasks.get_task(task_id, signed_in_user())
    if is_changing(task.shown_state):
        keep_fresh([task])
    orders = commands.orders_of(task.id)
    if request.args.get("revision") == revision_of_task(task, orders):
        return nothing_new()
    return render_template("tasks/_status.html", **status_context(task, signed_in_user(), orders))


@blueprint.post("/tasks/<int:task_id>/submit")
def submit(task_id: int) -> Response:
    """Queue a draft."""
    return _act(task_id, _submit, submitted_words)


@blueprint.post("/tasks/<int:task_id>/withdraw")
def withdraw(task_id: int) -> Response:
    """Take a queued task back."""
    return _act(task_id, tasks.withdraw, withdrawn_words)


@blueprint.post("/tasks/<int:task_id>/back-to-draft")
def back_to_draft(task_id: int) -> Response:
    """Make a withdrawn or refused task a draft again."""
    return _act(task_id, tasks.back_to_draft, _("It is a draft again."))


@blueprint.post("/tasks/<int:task_id>/delete")
def delete(task_id: int) -> Response:
    """Delete a draft for good."""
    return _act(task_id, _delete, _("The draft was deleted."), then="tasks.index")


def _submit(task_id: int, user: User, version: int, now: datetime) -> Task:
    task = tasks.get_task(task_id, user)
    if task.state == TaskState.DRAFT.value and tasks.may_act(user, task):
        problems = ParameterBuilder(current_app.config).preview(task).problems
        if problems:
            raise Invalid(problems)
    return tasks.request_submission(task_id, user, version, now)


def _delete(task_id: int, user: User, version: int, _now: datetime) -> None:
    tasks.delete_draft(task_id, user, version)


def _act(
    task_id: int,
    action: Callable[[int, User, int, datetime], Task | None],
    done: str | Callable[[Task], str],
    then: str | None = None,
) -> Response:
    """Do what a button says, and say on the next page how it went."""
    try:
        task = action(task_id, signed_in_user(), seen_version(), datetime.now(UTC))
    except (NotPossibleNow, ChangedMeanwhile, Invalid) as refusal:
        flash(words_of(refusal), "warning")
    else:
        flash(done if isinstance(done, str) else done(task) if task else "", "success")
        if then:
            return redirect(url_for(then), 303)
    return redirect(url_for("tasks.show", task_id=task_id), 303)
