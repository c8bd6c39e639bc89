"""Follow a task, or not any more."""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.identity import signed_in_user
from app.services import followers

blueprint = Blueprint("followers", __name__)


@blueprint.post("/tasks/<int:task_id>/follow")
def follow(task_id: int) -> Response:
    """Follow a task; once more is once."""
    followers.follow(task_id, signed_in_user(), datetime.now(UTC))
    flash(_("You follow this task. The list can show “tasks I follow” alone."), "success")
    return redirect(url_for("tasks.show", task_id=task_id), 303)


@blueprint.post("/tasks/<int:task_id>/unfollow")
def unfollow(task_id: int) -> Response:
    """Follow a task no more."""
    followers.unfollow(task_id, signed_in_user())
    flash(_("You do not follow this task any more."), "success")
    return redirect(url_for("tasks.show", task_id=task_id), 303)
