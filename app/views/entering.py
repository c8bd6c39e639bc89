"""Begin and end the session of a browser."""

from datetime import UTC, datetime

from flask import flash, redirect, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from app.domain.sign_in import Event, Method
from app.identity import SignedIn, session_limits, visitor
from app.models import User
from app.security import own_path
from app.services import sessions
from app.services.account_events import record_event
from app.views.door import remember_browser

# What stays in the cookie when the person changes.
KEPT = ("language", "theme")
# The provider does not say when somebody signed in there: what guards an account asks for it first.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
# Where the cookie holds the token of a session that awaits the code: not where flask-login looks.
AWAITING = "awaiting"


def enter(user: User, method: Method, target: str | None, *, proved_at: datetime | None = None) -> Response:
    """Begin a session of its own and lead on: nothing of the one before stays but language and theme.

    proved_at: when the person proved who they are, if that was not just now.

    A password alone does not sign in somebody who has a second factor: the code is asked for first.
    """
    if method == Method.PASSWORD and user.totp_confirmed_at is not None:
        return _ask_for_code(user, target)
    return _begin(user, method, target, method.value, proved_at)


def enter_with_code(user: User, target: str | None) -> Response:
    """Begin a session after password and code; its token is another than the one that waited."""
    return _begin(user, Method.PASSWORD, target, "code")


def awaited_user() -> User | None:
    """Return whose password was right a short while ago in this browser, and whose code is still to come."""
    token, now = session.get(AWAITING), datetime.now(UTC)
    found = sessions.find_awaiting(token, now, session_limits()) if isinstance(token, str) else None
    return found.user if found else None


def has_just_entered() -> bool:
    """Say whether the code was right a moment ago: this is the second of two clicks.

    It may carry the cookie from before the first: it must not be written again, or that sign-in is lost.
    """
    token = session.get(AWAITING)
    is_second = isinstance(token, str) and sessions.was_awaited_just_now(token, datetime.now(UTC))
    return is_second or bool(current_user.is_authenticated)


def go_on(user: User, token: str) -> None:
    """Go on in the same session under its new token."""
    login_user(SignedIn(user, token))


def leave() -> None:
    """End the session of this browser, if it has one, and one that awaits a code."""
    now = datetime.now(UTC)
    if current_user.is_authenticated:
        sessions.end_session(current_user.get_id(), now)
    if isinstance(session.get(AWAITING), str):
        sessions.end_session(session[AWAITING], now)
    logout_user()
    kept = {name: session[name] for name in KEPT if name in session}
    session.clear()
    session.update(kept)


def _begin(
    user: User, method: Method, target: str | None, words: str, proved_at: datetime | None = None
) -> Response:
    leave()
    now = datetime.now(UTC)
    token = sessions.begin_session(user, method, visitor(), now, proved_at=proved_at)
    record_event(Event.SIGNED_IN, user, visitor(), now, words=words)
    session.permanent = True
    login_user(SignedIn(user, token))
    flash(_("Welcome, %(name)s.", name=user.full_name), "message")
    answer = redirect(own_path(target) or url_for("tasks.index"), 303)
    if method == Method.PASSWORD:
        remember_browser(answer, user)
    return answer


def _ask_for_code(user: User, target: str | None) -> Response:
    leave()
    now = datetime.now(UTC)
    session[AWAITING] = sessions.begin_session(user, Method.PASSWORD, visitor(), now, awaits_code=True)
    return redirect(url_for("code.ask", next=own_path(target)), 303)
