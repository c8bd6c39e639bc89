"""Begin and end the session of a browser."""

from datetime import UTC, datetime

from flask import flash, g, redirect, session, url_for
from flask_babel import gettext as _
from flask_babel import refresh
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from app.domain.sign_in import Event, Method
from app.identity import SignedIn, session_limits, visitor
from app.language import choose_language
from app.models import User
from app.security import own_path
from app.services import sessions
from app.services.account_events import record_event
from app.services.accounts import note_language
from app.services.sessions import Grounds, GroundsGone
from app.services.signing_in import Entrant
from app.views.door import remember_browser

# What stays in the cookie when the person changes.
KEPT = ("language", "theme")
# The provider does not say when somebody signed in there: what guards an account asks for it first.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
# Where the cookie holds the token of a session that awaits the code: not where flask-login looks.
AWAITING = "awaiting"


def enter(user: User, method: Method, target: str | None, grounds: Grounds) -> Response:
    """Begin a session of its own and lead on: nothing of the one before stays but language and theme.

    A password alone does not sign in somebody who has a second factor: the code is asked for first.
    """
    try:
        if method == Method.PASSWORD and grounds.second_factor_since is not None:
            return _ask_for_code(user, target, grounds)
        return _begin(user, method, target, grounds, method.value)
    except GroundsGone:
        return _begin_again(target)


def enter_with_code(entrant: Entrant, target: str | None) -> Response:
    """Begin a session after password and code; its token is another than the one that waited."""
    try:
        return _begin(entrant.user, Method.PASSWORD, target, entrant.grounds, "code")
    except GroundsGone:
        return _begin_again(target)


def _begin_again(target: str | None) -> Response:
    flash(_("The account was changed just now. Please sign in again."), "warning")
    return redirect(url_for("auth.sign_in", next=own_path(target)), 303)


def awaited() -> Entrant | None:
    """Return whose password was right a short while ago in this browser, and whose code is still to come.

    A change of the password ends what awaits a code, so what is read here is what the password was right for.
    """
    token, now = session.get(AWAITING), datetime.now(UTC)
    found = sessions.find_awaiting(token, now, session_limits()) if isinstance(token, str) else None
    if found is None:
        return None
    return Entrant(found.user, Grounds(found.user.password_hash, found.user.totp_confirmed_at))


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
        sessions.end_session_of_browser(g.session_id, now)
    if isinstance(session.get(AWAITING), str):
        sessions.end_session(session[AWAITING], now)
    logout_user()
    kept = {name: session[name] for name in KEPT if name in session}
    session.clear()
    session.update(kept)


def _begin(user: User, method: Method, target: str | None, grounds: Grounds, words: str) -> Response:
    leave()
    now = datetime.now(UTC)
    token = sessions.begin_session(user, method, visitor(), now, grounds=grounds)
    record_event(Event.SIGNED_IN, user, visitor(), now, words=words)
    session.permanent = True
    login_user(SignedIn(user, token))
    refresh()  # the page that follows is in the language that the person chose
    note_language(user, choose_language())
    flash(_("Welcome, %(name)s.", name=user.full_name or user.username), "message")
    answer = redirect(own_path(target) or url_for("tasks.index"), 303)
    if method == Method.PASSWORD:
        remember_browser(answer, user)
    return answer


def _ask_for_code(user: User, target: str | None, grounds: Grounds) -> Response:
    leave()
    session[AWAITING] = sessions.begin_session(
        user, Method.PASSWORD, visitor(), datetime.now(UTC), grounds=grounds, awaits_code=True
    )
    return redirect(url_for("code.ask", next=own_path(target)), 303)
