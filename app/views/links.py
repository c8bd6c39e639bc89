"""What the links in mails lead to. Scanners of mail open them: only the button on the page uses one up."""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.forms.account import NewPasswordForm
from app.identity import public, visitor
from app.language import choose_language
from app.models import User
from app.services import email_changes, password_changes, registration
from app.services.links import Purpose, look_at_link
from app.views.account_form import is_valid_with_password, words_about
from app.views.door import remember_browser

blueprint = Blueprint("links", __name__, url_prefix="/link")

Answer = str | Response | tuple[str, int]


@blueprint.route("/confirm", methods=["GET", "POST"])
@public
def confirm() -> Answer:
    """Ask whether it was this person who registered; confirm the address."""
    if request.method == "POST":
        confirmed = registration.confirm(_token(), visitor(), datetime.now(UTC))
        return _done(confirmed, _("Your address is confirmed. You can sign in now."))
    found = look_at_link(_token(), Purpose.CONFIRM, datetime.now(UTC))
    return render_template("links/confirm.html", user=found[1], token=_token()) if found else _dead()


@blueprint.route("/password", methods=["GET", "POST"])
@public
def new_password() -> Answer:
    """Ask for a new password and set it."""
    found = look_at_link(_token(), Purpose.RESET, datetime.now(UTC))
    if found is None:
        return _dead()
    form, user = NewPasswordForm(), found[1]
    if form.is_submitted() and is_valid_with_password(form, words_about(user)):
        return _set_password(form)
    status = 422 if form.is_submitted() else 200
    return render_template("links/new_password.html", form=form, user=user, token=_token()), status


@blueprint.route("/email", methods=["GET", "POST"])
@public
def new_email() -> Answer:
    """Ask whether the account is to get this address; give it."""
    if request.method == "POST":
        changed = email_changes.take_new_email(_token(), choose_language(), visitor(), datetime.now(UTC))
        return _done(changed, _("Your e-mail address is changed."), "profile.email")
    found = look_at_link(_token(), Purpose.EMAIL, datetime.now(UTC))
    if found is None:
        return _dead()
    link, user = found
    return render_template("links/new_email.html", address=link.address, user=user, token=_token())


def _set_password(form: NewPasswordForm) -> Answer:
    now = datetime.now(UTC)
    user = password_changes.reset_password(
        _token(), str(form.password.data), choose_language(), visitor(), now
    )
    return _done(user, _("Your new password is set. Sign in with it now."))


def _token() -> str:
    return request.args.get("token", "")


def _done(user: User | None, words: str, page: str = "auth.sign_in") -> Answer:
    """Lead on, or say that the link is no good. Who is not signed in is led to sign in first.

    The browser of whoever has the mail is known from now on: strangers who guess at the account do not keep
    it out.
    """
    if user is None:
        return _dead()
    flash(words, "success")
    answer = redirect(url_for(page if current_user.is_authenticated else "auth.sign_in"), 303)
    remember_browser(answer, user)
    return answer


def _dead() -> Answer:
    return render_template("links/dead.html"), 422
