"""Comments on tasks: written, changed, deleted. They are shown in the history of the task."""

from datetime import UTC, datetime

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.domain.problem import Problem
from app.identity import signed_in_user
from app.models import Task
from app.services import comments, tasks
from app.services.comments import CommentRules, TooLate
from app.services.problems import Invalid
from app.views.names import named

blueprint = Blueprint("comments", __name__)

Answer = str | Response | tuple[str, int]


@blueprint.post("/tasks/<int:task_id>/comments")
def add(task_id: int) -> Answer:
    """Write a comment; what is wrong with it is said beside what was typed."""
    typed, user = request.form.get("comment", ""), signed_in_user()
    try:
        comment = comments.add_comment(task_id, user, typed, _rules(), datetime.now(UTC))
    except Invalid as refusal:
        action = url_for("comments.add", task_id=task_id)
        return _page(tasks.get_task(task_id, user), action, typed, refusal.problems), 422
    flash(_("Your comment is written."), "success")
    return _to_the_comment(task_id, comment.id)


@blueprint.get("/comments/<int:comment_id>/edit")
def edit(comment_id: int) -> Answer:
    """Show one's own comment as a form."""
    now = datetime.now(UTC)
    comment, task = comments.find_comment(comment_id, signed_in_user())
    try:
        comments.comment_to_change(comment_id, signed_in_user(), _rules(), now)
    except TooLate:
        return _too_late(task.id, comment_id)
    return _page(task, url_for("comments.edit", comment_id=comment_id), comment.text, [])


@blueprint.post("/comments/<int:comment_id>/edit")
def save(comment_id: int) -> Answer:
    """Save the changed words of one's own comment."""
    typed, user = request.form.get("comment", ""), signed_in_user()
    _comment, task = comments.find_comment(comment_id, user)
    try:
        comments.change_comment(comment_id, user, typed, _rules(), datetime.now(UTC))
    except Invalid as refusal:
        return _page(task, url_for("comments.edit", comment_id=comment_id), typed, refusal.problems), 422
    except TooLate:
        return _too_late(task.id, comment_id)
    flash(_("Your comment is changed."), "success")
    return _to_the_comment(task.id, comment_id)


@blueprint.post("/comments/<int:comment_id>/delete")
def delete(comment_id: int) -> Response:
    """Take the words of a comment away."""
    comment = comments.delete_comment(comment_id, signed_in_user(), datetime.now(UTC))
    flash(_("The comment is deleted."), "success")
    return _to_the_comment(comment.task_id, comment.id)


def _rules() -> CommentRules:
    return CommentRules.from_settings(current_app.config)


def _page(task: Task, action: str, typed: str, problems: list[Problem]) -> str:
    shown = {"task": named(task), "action": action, "typed": typed, "problems": problems}
    return render_template("tasks/comment.html", **shown)


def _too_late(task_id: int, comment_id: int) -> Response:
    words = ngettext(
        "A comment can be changed for %(num)s minute only.",
        "A comment can be changed for %(num)s minutes only.",
        current_app.config["COMMENT_EDIT_MINUTES"],
    )
    flash(words, "warning")
    return _to_the_comment(task_id, comment_id)


def _to_the_comment(task_id: int, comment_id: int) -> Response:
    return redirect(f"{url_for('tasks.show', task_id=task_id)}#comment-{comment_id}", 303)
