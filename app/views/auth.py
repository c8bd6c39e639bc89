"""Sign in, register, sign out, language and theme."""

from datetime import UTC, datetime

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from app.domain.permission import Role
from app.forms.account import RegisterForm, SignInForm
from app.identity import SignedIn, public, signed_in_user
from app.language import LANGUAGES, THEMES
from app.messages import problem_text
from app.models import User
from app.security import own_path
from app.services import accounts, sessions
from app.services.problems import Invalid

blueprint = Blueprint("auth", __name__)

ACCOUNT_FIELDS = ("username", "first_name", "last_name", "email", "password")

Answer = str | Response | tuple[str, int]


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> Answer:
    """Ask for username and password and lead on to where the person wanted to go."""
    form = SignInForm(next=request.args.get("next"))
    if not form.is_submitted():
        return _sign_in_page(form, 200)
    if form.validate():
        user = accounts.find_by_password(form.username.data or "", form.password.data or "")
        if user is not None:
            return _enter(user, form.next.data)
        form.form_errors.append(_("The username or the password is wrong."))
    return _sign_in_page(form, 422)


@blueprint.route("/register", methods=["GET", "POST"])
@public
def register() -> Answer:
    """Create an account and sign the person in."""
    form = RegisterForm()
    if form.is_submitted() and form.validate():
        given = accounts.NewAccount(**{name: form[name].data for name in ACCOUNT_FIELDS})
        try:
            role = Role(current_app.config["NEW_ACCOUNT_ROLE"])
            return _enter(accounts.register(given, role, datetime.now(UTC)), None)
        except Invalid as error:
            for problem in error.problems:
                form[problem.field].errors = [*form[problem.field].errors, problem_text(problem)]
    page = render_template(
        "auth/register.html", form=form, new_account_role=current_app.config["NEW_ACCOUNT_ROLE"]
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/sign-out")
@public
def sign_out() -> Answer:
    """End the session for good."""
    _end_session()
    answer = redirect(url_for("auth.sign_in"), 303)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@blueprint.post("/preferences")
@public
def preferences() -> Answer:
    """Keep the language and the theme: with the person, or in the cookie of somebody unknown."""
    language, theme = request.form.get("language"), request.form.get("theme")
    language = language if language in LANGUAGES else None
    theme = theme if theme in THEMES else None
    if current_user.is_authenticated:
        accounts.set_preferences(signed_in_user(), language, theme)
    session.update({name: value for name, value in (("language", language), ("theme", theme)) if value})
    return redirect(_target(request.form.get("next_url")), 303)


def _enter(user: User, target: str | None) -> Response:
    """Begin a session of its own: nothing of the one before stays but language and theme."""
    _end_session()
    token = sessions.begin_session(user, datetime.now(UTC))
    session.permanent = True
    login_user(SignedIn(user, token))
    flash(_("Welcome, %(name)s.", name=user.full_name), "message")
    return redirect(_target(target), 303)


def _end_session() -> None:
    if current_user.is_authenticated:
        sessions.end_session(current_user.get_id(), datetime.now(UTC))
    logout_user()
    kept = {name: session[name] for name in ("language", "theme") if name in session}
    session.clear()
    session.update(kept)


def _target(wanted: str | None) -> str:
    return own_path(wanted) or url_for("tasks.index")


def _sign_in_page(form: SignInForm, status: int) -> Answer:
    people = (
        []
        if current_app.config["PRODUCTION"]
        else [("physicist", "physicist"), ("manager", "manager"), ("admin", "admin")]
    )
    return render_template("auth/sign_in.html", form=form, demo_people=people), status
