"""Tasks that wait for approval by a manager: approved several at once, declined with a comment."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.domain.approval import ApprovalRules
from app.domain.permission import Right
from app.domain.task_state import TaskState
from app.forms.comment import DecisionForm
from app.identity import needs, signed_in_user
from app.messages import state_word
from app.models import Task, User
from app.services import approval
from app.services.problems import ChangedMeanwhile, NotAllowed, NotPossibleNow
from app.services.tasks import get_task, may_act
from app.views.names import named
from app.views.refused import version_in, words_of
from app.views.urls import list_url_for, page_number

blueprint = Blueprint("approval", __name__)

Answer = str | Response | tuple[str, int]


def approval_rules() -> ApprovalRules:
    """Return the rules of this installation."""
    return ApprovalRules.from_settings(current_app.config)


@blueprint.get("/approval")
@needs(Right.APPROVE_TASK)
def index() -> str:
    """List the tasks that wait for approval."""
    config, number = current_app.config, page_number(request.args.get("page"))
    page = approval.list_waiting(approval_rules(), number, config["LIST_PAGE_SIZE"], config["COUNT_LIMIT"])
    list_url = list_url_for("approval.index", {"page": page.number if page.number > 1 else None})
    rows = [named(task) for task in page.rows]
    left = [version_in(text) for text in request.args.getlist("left")[: config["LIST_PAGE_SIZE"]]]
    left_out = [(task, _why_left_out(task)) for task in approval.find_left_out(left)] if left else []
    context = {"left_out": left_out, "is_on": approval_rules().is_on}
    return render_template("approval/list.html", page=page, rows=rows, list_url=list_url, **context)


def _why_left_out(task: Task) -> str:
    """Say why a task that was ticked was not approved, by what it is now."""
    if task.state in {TaskState.DRAFT.value, TaskState.WITHDRAWN.value}:
        return str(_("it is “%(state)s” now", state=state_word(task.shown_state)))
    if task.approved_by:
        return str(_("%(person)s approved it already", person=task.approved_by.username))
    if approval.is_waiting(task, approval_rules()):
        return str(_("it was changed after you saw it: look at it, and tick it again"))
    return str(_("it needs no approval"))


@blueprint.post("/approval")
@needs(Right.APPROVE_TASK)
def approve() -> Response:
    """Approve the tasks that were ticked, as they were seen."""
    if len(request.form.getlist("task")) > current_app.config["LIST_PAGE_SIZE"]:
        abort(413)
    ticked = [text.partition(":") for text in request.form.getlist("task")]
    versions = {version_in(task_id): version_in(version) for task_id, _colon, version in ticked}
    approved = approval.approve(versions, signed_in_user(), datetime.now(UTC))
    if done := len(approved):
        flash(ngettext("%(num)s task is approved.", "%(num)s tasks are approved.", done), "success")
    if left := len(versions) - done:
        words = ngettext(
            "%(num)s task was changed or decided on meanwhile: look at it again.",
            "%(num)s tasks were changed or decided on meanwhile: look at them again.",
            left,
        )
        flash(words, "warning")
    if not versions:
        flash(_("Nothing was ticked."), "warning")
    # The page says of each why it was left out.
    left_out = [task_id for task_id in versions if task_id not in approved]
    return redirect(url_for("approval.index", left=left_out), 303)


@blueprint.get("/tasks/<int:task_id>/decline")
def ask(task_id: int) -> Answer:
    """Ask why a task is declined."""
    task = _task_to_decline(task_id)
    if not approval.is_waiting(task, approval_rules()):
        flash(words_of(NotPossibleNow(task)), "warning")
        return redirect(url_for("tasks.show", task_id=task_id), 303)
    return _page(task, DecisionForm(formdata=None, version=task.version))


@blueprint.post("/tasks/<int:task_id>/decline")
def decline(task_id: int) -> Answer:
    """Put a task back to a draft of its creator, with the comment in its history."""
    task, form = _task_to_decline(task_id), DecisionForm()
    if approval.is_waiting(task, approval_rules()) and not form.validate():
        return _page(task, form), 422
    user, now = signed_in_user(), datetime.now(UTC)
    try:
        approval.decline(task_id, user, form.seen, form.comment.data or "", now, approval_rules())
    except (NotPossibleNow, ChangedMeanwhile) as refusal:
        flash(words_of(refusal), "warning")
    else:
        flash(_("Declined. It is a draft of its creator again."), "success")
    return redirect(url_for("tasks.show", task_id=task_id), 303)


def _task_to_decline(task_id: int) -> Task:
    task = get_task(task_id, signed_in_user())
    if not may_act(signed_in_user(), task, Right.APPROVE_TASK):
        raise NotAllowed(Right.APPROVE_TASK)
    return task


def _page(task: Task, form: DecisionForm) -> str:
    return render_template("approval/decline.html", task=named(task), form=form)


def approval_context(task: Task, user: User) -> dict[str, Any]:
    """Return what the page of a task says of its approval."""
    is_waiting = approval.is_waiting(task, approval_rules())
    return {
        "waits_for_approval": is_waiting,
        "can_approve": is_waiting and may_act(user, task, Right.APPROVE_TASK),
    }
