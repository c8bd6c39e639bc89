"""Begin and end the session of a browser."""

from datetime import UTC, datetime

from flask import flash, redirect, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from app.domain.sign_in import Event, Method
from app.identity import SignedIn, visitor
from app.models import User
from app.security import own_path
from app.services import sessions
from app.services.account_events import record_event
from app.views.door import remember_browser

# What stays in the cookie when the person changes.
KEPT = ("language", "theme")


def enter(user: User, method: Method, target: str | None) -> Response:
    """Begin a session of its own and lead on: nothing of the one before stays but language and theme."""
    leave()
    now = datetime.now(UTC)
    token = sessions.begin_session(user, method, visitor(), now)
    record_event(Event.SIGNED_IN, user, visitor(), now, words=method.value)
    session.permanent = True
    login_user(SignedIn(user, token))
    flash(_("Welcome, %(name)s.", name=user.full_name), "message")
    answer = redirect(own_path(target) or url_for("tasks.index"), 303)
    if method == Method.PASSWORD:
        remember_browser(answer, user)
    return answer


def leave() -> None:
    """End the session of this browser, if it has one."""
    if current_user.is_authenticated:
        sessions.end_session(current_user.get_id(), datetime.now(UTC))
    logout_user()
    kept = {name: session[name] for name in KEPT if name in session}
    session.clear()
    session.update(kept)
