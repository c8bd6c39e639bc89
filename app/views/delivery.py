"""The operator's page: whether tasks are sent, what waits and why, and the buttons that pause and resume."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.domain.permission import Right
from app.domain.task_state import OPEN_STATES, CommandState
from app.forms.comment import CommentForm
from app.htmx import nothing_new, wants_fragment
from app.identity import needs, signed_in_user
from app.messages import pause_words
from app.services import operating
from app.services.operating import PauseChanged, PauseStands
from app.views.delivery_board import board_context
from app.views.urls import page_number

blueprint = Blueprint("delivery", __name__)

Answer = Response | tuple[str, int]


@blueprint.get("/delivery")
@needs(Right.RUN_DELIVERY)
def index() -> str | Response:
    """Show delivery and its queue; a poll that finds nothing changed gets an empty answer."""
    context = _board()
    if request.args.get("revision") == context["revision"]:
        return nothing_new()
    if wants_fragment():
        return render_template("delivery/_board.html", **context)
    return render_template("delivery/page.html", **context, form=CommentForm(formdata=None))


def _board() -> dict[str, Any]:
    wanted = request.args.get("state", "")
    state = CommandState(wanted) if wanted in OPEN_STATES else CommandState.READY
    return board_context(state, page_number(request.args.get("page")), datetime.now(UTC))


@blueprint.post("/delivery/pause")
@needs(Right.RUN_DELIVERY)
def pause() -> Answer:
    """Stop sending until somebody resumes it."""
    form = CommentForm()
    if not form.validate():
        return render_template("delivery/page.html", **_board(), form=form), 422
    return _act(partial(_pause, form.comment.data or ""))


def _pause(comment: str, now: datetime) -> str:
    if not operating.pause_by_hand(signed_in_user().username, comment, now):
        return str(_("Delivery is paused already, for another reason."))
    return str(_("Delivery is paused. Nothing is sent until somebody resumes it."))


@blueprint.post("/delivery/resume")
@needs(Right.RUN_DELIVERY)
def resume() -> Response:
    """Lift the pause that the person saw, unless its cause is still there."""
    return _act(partial(_resume, request.form.get("seen", "")))


def _resume(seen: str, now: datetime) -> str:
    reason = operating.resume(seen, current_app.config["INSTANCE_ID"], now)
    if operating.comes_again(reason):
        return str(_("Delivery goes on. If the cause is still there, it pauses again by itself."))
    return str(_("Delivery goes on."))


@blueprint.post("/delivery/release")
@needs(Right.RUN_DELIVERY)
def release() -> Response:
    """Declare the sends that are not known here as looked at, and let delivery go on."""
    text = request.form.get("seen", "")
    seen = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    return _act(partial(_release, seen))


def _release(seen: int, now: datetime) -> str:
    released = operating.release(current_app.config["INSTANCE_ID"], now, seen)
    words = ngettext(
        "Released: %(num)s send that is not known here.",
        "Released: %(num)s sends that are not known here.",
        released,
    )
    return str(words)


def _act(act: Callable[[datetime], str]) -> Response:
    """Do what a button says, and say on the next page how it went."""
    try:
        done = act(datetime.now(UTC))
    except PauseChanged:
        flash(_("Something changed meanwhile: look again before you go on. Nothing was done."), "warning")
    except PauseStands as refusal:
        flash(_("Delivery stays paused: %(reason)s", reason=pause_words(refusal.reason)), "warning")
    else:
        current_app.logger.warning("%s by user %d", request.endpoint, signed_in_user().id)
        flash(done, "success")
    return redirect(url_for("delivery.index"), 303)
