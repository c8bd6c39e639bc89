"""Chains: a part that is accepted, so that the next step may go on."""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.identity import signed_in_user
from app.services import chains
from app.services.problems import ChangedMeanwhile, NotPossibleNow
from app.views.refused import seen_version, words_of

blueprint = Blueprint("chains", __name__)


@blueprint.post("/tasks/<int:task_id>/accept-part")
def accept_part(task_id: int) -> Response:
    """Have the children of a task that is only partly done sent all the same."""
    try:
        chains.accept_part(task_id, signed_in_user(), seen_version(), datetime.now(UTC))
    except (NotPossibleNow, ChangedMeanwhile) as refusal:
        flash(words_of(refusal), "warning")
    else:
        flash(_("Accepted. The tasks that wait for it are sent within seconds."), "success")
    return redirect(url_for("tasks.show", task_id=task_id), 303)
