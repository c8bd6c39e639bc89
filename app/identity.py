"""Who is asking: the signed-in person of a request. Deny by default: a view is public only if marked."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, Response, current_app, g, make_response, redirect, request, url_for
from flask_login import LoginManager, current_user
from werkzeug.wrappers import Response as BaseResponse

from app.domain.permission import Right, Role, may
from app.domain.sign_in import Method, Visitor
from app.htmx import page_of_fragment, wants_fragment
from app.log_context import log_with
from app.machines import is_for_machines
from app.models import User
from app.security import own_path
from app.services import sessions
from app.services.problems import NotAllowed

View = TypeVar("View", bound=Callable[..., Any])

# Pages that refresh themselves do not keep a session alive.
POLLED = frozenset({"health.heartbeat", "tasks.status"})
# Open to a person who must set up a second factor first.
BEFORE_SECOND_FACTOR = frozenset(
    {
        "auth.sign_in", "auth.sign_out", "auth.preferences", "code.ask", "proof.ask", "second_factor.show",
        "second_factor.begin", "second_factor.confirm", "second_factor.switch_off",
    }
)  # fmt: skip
# And these, whole: what the links in mails lead to need not know who is signed in.
BLUEPRINTS_BEFORE_SECOND_FACTOR = frozenset({"links", "forgotten", "registration"})
# What a form asks for while somebody fills it in.
PREVIEWS = frozenset({"new_task.name_preview", "new_task.size_preview"})


class SignedIn:
    """The person of a live session, as flask-login wants it."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, user: User, token: str) -> None:
        self.user = user
        self._token = token

    def get_id(self) -> str:
        """Return the token of the session: what the cookie holds."""
        return self._token

    def __getattr__(self, name: str) -> Any:
        return getattr(self.user, name)


def public(view: View) -> View:
    """Mark a view that anybody may open."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def needs(right: Right) -> Callable[[View], View]:
    """Open a view only to roles that have a right."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not may(Role(signed_in_user().role), right, is_owner=True):
                raise NotAllowed(right)
            return view(*args, **kwargs)

        guarded.right = right  # type: ignore[attr-defined]
        return cast(View, guarded)

    return decorate


def signed_in_user() -> User:
    """Return the person of this request."""
    return cast(User, current_user.user)


def configure(app: Flask, login_manager: LoginManager) -> None:
    """Read the session of each request, and refuse views that are neither public nor asked by a person."""
    login_manager.init_app(app)
    login_manager.session_protection = None  # our own rows say which sessions live
    login_manager.user_loader(_load)
    app.before_request(_require_person)


def _load(token: object) -> SignedIn | None:
    if not isinstance(token, str):  # a cookie of another version of the service
        return None
    found = sessions.find_session(token, datetime.now(UTC), session_limits())
    if found is None or found.awaits_code:
        return None
    log_with(user=found.user.id)
    g.session_id, g.session_method = found.id, Method(found.method)
    g.session_active_at, g.session_proved_at = found.active_at, found.proved_at
    return SignedIn(found.user, token)


def session_limits() -> sessions.Limits:
    """Return how long sessions live, from the settings."""
    return sessions.limits_of(current_app.config)


def visitor() -> Visitor:
    """Return where this request came from. The address is the proxy's word only where PROXIES says so."""
    return Visitor(request.remote_addr or "", request.user_agent.string)


def _require_person() -> BaseResponse | None:
    if request.endpoint is None or request.endpoint == "static":
        return None  # nobody need be known, and no database asked, for what is the same for all
    if is_for_machines(current_app.view_functions[request.endpoint]):
        return None
    is_public = getattr(current_app.view_functions[request.endpoint], "is_public", False)
    if not is_public and not current_user.is_authenticated:
        return _ask_to_sign_in()
    if current_user.is_authenticated and not _is_poll():
        _note_activity()
    if _lacks_second_factor() and not _is_open_before_second_factor():
        # The session goes on: a page that refreshes itself must not say that it ended.
        is_polled = wants_fragment() and _is_poll()
        return make_response("", 204) if is_polled else _lead_to(url_for("second_factor.show"))
    return None


def _lacks_second_factor() -> bool:
    """Say whether the role asks for a second factor that the person has not set up.

    Who came through the identity provider was checked there.
    """
    if not current_user.is_authenticated or g.session_method != Method.PASSWORD:
        return False
    user = signed_in_user()
    return user.role in current_app.config["SECOND_FACTOR_FOR"] and user.totp_confirmed_at is None


def _is_open_before_second_factor() -> bool:
    return request.endpoint in BEFORE_SECOND_FACTOR or request.blueprint in BLUEPRINTS_BEFORE_SECOND_FACTOR


def _is_poll() -> bool:
    return request.endpoint in POLLED or "revision" in request.args


def _note_activity() -> None:
    now = datetime.now(UTC)
    if now - g.session_active_at > sessions.ACTIVITY_STEP:
        sessions.note_activity(g.session_id, now)


def _ask_to_sign_in() -> BaseResponse:
    """Lead to the sign-in page and back; a piece of a page must not become that page.

    What a page asks for by itself leads nowhere: somebody may have a form half filled in.
    connection.js tells.
    """
    # The cookie stays as it is: this may be the late answer to a poll, after the session got another token.
    return _lead_to(url_for("auth.sign_in", next=own_path(_page_wanted())))


def _lead_to(target: str) -> BaseResponse:
    if not wants_fragment():
        return redirect(target, 303)
    answer: Response = make_response("", 401)
    if not (_is_poll() or request.endpoint in PREVIEWS):
        answer.headers["HX-Redirect"] = target
    return answer


def _page_wanted() -> str | None:
    """Return the path of the page the person is on, or wants to open."""
    if wants_fragment():
        return page_of_fragment()
    return request.full_path.rstrip("?") if request.method == "GET" else None
