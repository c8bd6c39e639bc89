"""Sign in, sign out, language and theme."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain.sign_in import Method
from app.forms.account import SignInForm
from app.identity import public, signed_in_user
from app.language import LANGUAGES, THEMES
from app.security import own_path
from app.services import accounts
from app.views.entering import enter, leave
from app.views.iam import page_after_sign_out
from app.views.registration import wait_for_mail

blueprint = Blueprint("auth", __name__)

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
        if user is not None and user.email_confirmed_at is None:
            flash(_("Your e-mail address is not confirmed yet: use the link in the mail."), "error")
            return wait_for_mail(user.email)
        if user is not None:
            return enter(user, Method.PASSWORD, form.next.data)
        form.form_errors.append(_("The username or the password is wrong."))
    return _sign_in_page(form, 422)


@blueprint.post("/sign-out")
@public
def sign_out() -> Answer:
    """End the session for good."""
    target = page_after_sign_out()
    leave()
    answer = redirect(target, 303)
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


def _sign_in_page(form: SignInForm, status: int) -> Answer:
    people = (
        []
        if current_app.config["PRODUCTION"]
        else [("physicist", "physicist"), ("manager", "manager"), ("admin", "admin")]
    )
    return render_template("auth/sign_in.html", form=form, demo_people=people), status
