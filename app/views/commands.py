"""Orders on one task: given, taken back; and its state asked for at once."""

from datetime import UTC, datetime

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.domain.task_state import TaskState
from app.identity import signed_in_user
from app.services import commands, following, tasks
from app.services.problems import ChangedMeanwhile, Invalid, NotPossibleNow
from app.views.names import named
from app.views.refused import seen_version, words_of
from app.views.task_orders import kind_named, order_form, wish_typed

blueprint = Blueprint("commands", __name__)


@blueprint.post("/tasks/<int:task_id>/command/<kind>")
def ask(task_id: int, kind: str) -> Response | tuple[str, int]:
    """Queue an order; what is wrong with it is said beside what was typed."""
    user, wish = signed_in_user(), wish_typed(kind_named(kind))
    rules, now = commands.wish_rules_from(current_app.config), datetime.now(UTC)
    try:
        commands.request_command(task_id, user, seen_version(), wish, rules, now)
    except Invalid as refusal:
        form = order_form(wish.kind, url_for("commands.ask", task_id=task_id, kind=kind), wish)
        task = named(tasks.get_task(task_id, user))
        known = {"version": seen_version(), "problems": refusal.problems}
        return render_template("tasks/order.html", task=task, order=form, **known), 422
    except (NotPossibleNow, ChangedMeanwhile) as refusal:
        flash(words_of(refusal), "warning")
    else:
        flash(_("It goes to PanDA within seconds; PanDA carries it out within a minute."), "success")
    return _to_the_task(task_id)


@blueprint.post("/tasks/<int:task_id>/take-back")
def take_back(task_id: int) -> Response:
    """Take back an order that PanDA was not asked for yet."""
    text = request.form.get("command", "")
    command_id = int(text) if text.isdecimal() and len(text) < 10 else 0
    try:
        commands.take_back(task_id, signed_in_user(), command_id, datetime.now(UTC))
    except ChangedMeanwhile:
        flash(_("It was sent already, so it cannot be taken back any more."), "warning")
    else:
        flash(_("Taken back. PanDA was not asked."), "success")
    return _to_the_task(task_id)


@blueprint.post("/tasks/<int:task_id>/refresh")
def refresh(task_id: int) -> Response:
    """Have the state of a task read from PanDA now; asking twice asks once."""
    task = tasks.get_task(task_id, signed_in_user())
    if task.state == TaskState.SUBMITTED.value:
        if task.refresh_due_at is None:
            following.ask_for_refresh(task.id, datetime.now(UTC))
        flash(_("Its state is read from PanDA within seconds."), "success")
    else:
        flash(_("PanDA does not have it, so there is nothing to read."), "warning")
    return _to_the_task(task_id)


def _to_the_task(task_id: int) -> Response:
    return redirect(url_for("tasks.show", task_id=task_id), 303)
