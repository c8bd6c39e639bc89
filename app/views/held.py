"""Tasks that wait for a decision: what is known of each, and the two decisions."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.domain.permission import Right
from app.domain.task_state import TaskState
from app.forms.comment import DecisionForm
from app.identity import needs, signed_in_user
from app.messages import state_sentence, state_word
from app.models import Task
from app.services import held
from app.services.evidence import evidence_of, held_command, list_held
from app.services.problems import ChangedMeanwhile, NotAllowed, NotPossibleNow
from app.services.tasks import get_task, may_act
from app.views.urls import list_url_for, page_number

blueprint = Blueprint("held", __name__)

Answer = Response | tuple[str, int]


@blueprint.get("/held")
@needs(Right.DECIDE_LOST_TASK)
def index() -> str:
    """List the tasks that wait for a decision, each with its evidence."""
    config, number = current_app.config, page_number(request.args.get("page"))
    page, evidence = list_held(number, config["LIST_PAGE_SIZE"], config["COUNT_LIMIT"])
    list_url = list_url_for("held.index", {"page": page.number if page.number > 1 else None})
    # The form of each task has fields of its own: their ids must differ.
    return render_template("held/list.html", page=page, items=evidence, list_url=list_url, form_of=_form_of)


def _form_of(task: Task) -> DecisionForm:
    form = DecisionForm(formdata=None, version=task.version)
    form.comment.id = f"comment-{task.id}"
    return form


@blueprint.post("/tasks/<int:task_id>/send-again")
def send_again(task_id: int) -> Answer:
    """Send a task once more, with the same name."""
    return _decide(task_id, held.send_again, _("Queued. It is sent again with the same name within seconds."))


@blueprint.post("/tasks/<int:task_id>/give-up")
def give_up(task_id: int) -> Answer:
    """Take a task as lost."""
    return _decide(task_id, held.give_up, _("Given up. It is looked for a while longer, but not sent again."))


def _decide(task_id: int, decide: Callable[..., Task], done: str) -> Answer:
    user, form = signed_in_user(), DecisionForm()
    task = get_task(task_id, user)
    if not may_act(user, task, Right.DECIDE_LOST_TASK):
        raise NotAllowed(Right.DECIDE_LOST_TASK)
    if task.state == TaskState.HELD.value and not form.validate():
        return render_template("held/decide.html", **_context(task, form)), 422
    watch = timedelta(days=current_app.config["DUPLICATE_WATCH_DAYS"])
    try:
        decide(task_id, user, form.seen, form.comment.data or "", datetime.now(UTC), watch)
    except (NotPossibleNow, ChangedMeanwhile) as refusal:
        flash(_words_of(refusal), "warning")
    else:
        flash(done, "success")
    return redirect(url_for("tasks.show", task_id=task_id), 303)


def _context(task: Task, form: DecisionForm) -> dict[str, Any]:
    command = held_command(task.id)
    return {"task": task, "form": form, "item": evidence_of(command) if command else None}


def _words_of(refusal: NotPossibleNow | ChangedMeanwhile) -> str:
    if isinstance(refusal, ChangedMeanwhile):
        return str(_("The task was changed meanwhile. Look at it again before you go on; nothing was done."))
    shown = refusal.task.shown_state
    words = {"state": state_word(shown), "sentence": state_sentence(shown)}
    return str(_("Not possible any more: the task is “%(state)s”. %(sentence)s", **words))
