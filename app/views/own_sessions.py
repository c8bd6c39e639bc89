"""One's own sessions, and what happened to one's account."""

from datetime import UTC, datetime

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.account_words import EVENT_WORDS
from app.domain.permission import Right
from app.identity import needs, session_limits, signed_in_user, visitor
from app.services import sessions
from app.services.account_events import latest_events
from app.services.problems import NotFound

blueprint = Blueprint("own_sessions", __name__, url_prefix="/profile/sessions")

EVENTS_SHOWN = 20


@blueprint.get("")
@needs(Right.VIEW_TASKS)
def show() -> str:
    """Show where the person is signed in, and what happened lately."""
    user = signed_in_user()
    return render_template(
        "profile/sessions.html",
        sessions=sessions.live_sessions(user, datetime.now(UTC), session_limits()),
        this_one=g.session_id,
        events=latest_events(user, EVENTS_SHOWN),
        **EVENT_WORDS,
    )


@blueprint.post("/<int:session_id>/end")
@needs(Right.VIEW_TASKS)
def end(session_id: int) -> Response:
    """End one session; that of somebody else answers as one that is not there."""
    if not sessions.end_own_session(signed_in_user(), session_id, visitor(), datetime.now(UTC)):
        raise NotFound
    flash(_("The session has ended."), "message")
    return redirect(url_for("own_sessions.show"), 303)


@blueprint.post("/end-others")
@needs(Right.VIEW_TASKS)
def end_others() -> Response:
    """End all sessions but this one."""
    ended = sessions.end_other_sessions(signed_in_user(), g.session_id, visitor(), datetime.now(UTC))
    words = ngettext("%(num)s session has ended.", "%(num)s sessions have ended.", ended)
    flash(words if ended else _("There was no other session."), "message")
    return redirect(url_for("own_sessions.show"), 303)
