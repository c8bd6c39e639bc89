"""Sign in, register, sign out, language and theme."""

from datetime import UTC, datetime

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain.permission import Role
from app.domain.sign_in import Event, Method
from app.forms.account import RegisterForm, SignInForm
from app.identity import public, signed_in_user, visitor
from app.language import LANGUAGES, THEMES
from app.messages import problem_text
from app.security import own_path
from app.services import accounts, signing_in
from app.services.account_events import record_event
from app.services.problems import Invalid
from app.services.signing_in import Guess
from app.services.throttle import TooManyTries
from app.views.door import device_token, say_too_many, try_limits
from app.views.entering import enter, leave

blueprint = Blueprint("auth", __name__)

ACCOUNT_FIELDS = ("username", "first_name", "last_name", "email", "password")

Answer = str | Response | tuple[str, int] | tuple[str, int, dict[str, str]]


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> Answer:
    """Ask for username and password and lead on to where the person wanted to go."""
    form = SignInForm(next=request.args.get("next"))
    if not form.is_submitted():
        return _sign_in_page(form)
    return (_try(form) if form.validate() else None) or (_sign_in_page(form), 422)


def _try(form: SignInForm) -> Answer | None:
    guess = Guess(form.username.data or "", form.password.data or "", device_token())
    try:
        user = signing_in.sign_in(guess, try_limits(), visitor(), datetime.now(UTC))
    except TooManyTries as refusal:
        status, headers = say_too_many(form, refusal)
        form.form_errors.append(_("A browser that signed in to this account before can still sign in."))
        return _sign_in_page(form), status, headers
    if user is not None:
        return enter(user, Method.PASSWORD, form.next.data)
    form.form_errors.append(_("The username or the password is wrong."))
    return None


@blueprint.route("/register", methods=["GET", "POST"])
@public
def register() -> Answer:
    """Create an account and sign the person in."""
    form = RegisterForm()
    if form.is_submitted() and form.validate():
        given = accounts.NewAccount(**{name: form[name].data for name in ACCOUNT_FIELDS})
        try:
            role = Role(current_app.config["NEW_ACCOUNT_ROLE"])
            return enter(accounts.register(given, role, datetime.now(UTC)), Method.PASSWORD, None)
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
    if current_user.is_authenticated:
        record_event(Event.SIGNED_OUT, signed_in_user(), visitor(), datetime.now(UTC))
    leave()
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
    return redirect(own_path(request.form.get("next_url")) or url_for("tasks.index"), 303)


def _sign_in_page(form: SignInForm) -> str:
    people = (
        []
        if current_app.config["PRODUCTION"]
        else [("physicist", "physicist"), ("manager", "manager"), ("admin", "admin")]
    )
    return render_template("auth/sign_in.html", form=form, demo_people=people)
