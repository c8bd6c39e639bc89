"""The pages about oneself: name and preferences, password, e-mail address."""

from datetime import UTC, datetime, timedelta

from flask import Blueprint, current_app, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.domain.permission import Right
from app.domain.sign_in import Event
from app.forms.account import ChangePasswordForm, EmailForm
from app.forms.profile import ProfileForm
from app.identity import needs, signed_in_user, visitor
from app.language import TIME_ZONES, choose_language
from app.proof import needs_proof
from app.services.account_events import last_actor
from app.services.accounts import Profile, save_profile
from app.services.email_changes import ask_for_new_email
from app.services.mails import MailKind
from app.services.password_changes import change_password
from app.services.problems import TooOften
from app.texts import in_language
from app.views.account_form import (
    is_valid_with_password,
    mail_folder,
    may_send_mail,
    too_many_mails,
    words_about,
)
from app.views.door import remember_browser
from app.views.entering import go_on

blueprint = Blueprint("profile", __name__, url_prefix="/profile")

Answer = str | Response | tuple[str, int]


@blueprint.get("")
@needs(Right.VIEW_TASKS)
def show() -> Answer:
    """Show what the service knows of the person, and what they may change."""
    return _profile_page(_profile_form(), 200)


@blueprint.post("")
@needs(Right.VIEW_TASKS)
def save() -> Answer:
    """Keep the names and preferences."""
    form = _profile_form()
    if not form.validate():
        return _profile_page(form, 422)
    names = ("first_name", "last_name", "language", "time_zone", "theme", "mail_mentions", "follow_own")
    save_profile(
        signed_in_user(), Profile(**{name: form[name].data for name in names}), visitor(), datetime.now(UTC)
    )
    flash(_("Your profile is saved."), "success")
    return redirect(url_for("profile.show"), 303)


@blueprint.route("/password", methods=["GET", "POST"])
@needs(Right.VIEW_TASKS)
@needs_proof
def password() -> Answer:
    """Ask for the old and a new password; every other session of the person ends."""
    form, user = ChangePasswordForm(), signed_in_user()
    if form.is_submitted() and user.password_hash and is_valid_with_password(form, words_about(user)):
        token = _change_password(form)
        if token is not None:
            go_on(user, token)
            flash(_("Your password is changed. Your other browsers are signed out."), "success")
            answer = redirect(url_for("profile.password"), 303)
            remember_browser(answer, user)
            return answer
    status = 422 if form.is_submitted() else 200
    return render_template("profile/password.html", form=form, user=user), status


@blueprint.route("/email", methods=["GET", "POST"])
@needs(Right.VIEW_TASKS)
@needs_proof
def email() -> Answer:
    """Ask for another e-mail address and send a link there; it counts when that is used."""
    form, user = EmailForm(), signed_in_user()
    if form.is_submitted() and user.password_hash and form.validate() and _ask_for_new_email(form):
        flash(_link_was_sent(form), "success")
        return redirect(url_for("profile.email"), 303)
    status = 422 if form.is_submitted() else 200
    return render_template("profile/email.html", form=form, user=user), status


def _profile_form() -> ProfileForm:
    user = signed_in_user()
    form = ProfileForm(
        first_name=user.first_name,
        last_name=user.last_name,
        language=user.language or "",
        time_zone=user.time_zone or "",
        theme=user.theme or "auto",
        mail_mentions=user.mail_mentions,
        follow_own=user.follow_own,
    )
    form.offer_time_zones(TIME_ZONES, current_app.config["TIME_ZONE"])
    return form


def _profile_page(form: ProfileForm, status: int) -> Answer:
    user = signed_in_user()
    giver = last_actor(user, Event.ROLE_CHANGED) if user.given_role else None
    who = in_language(current_app.config["WHO_GIVES_ROLES"])
    page = render_template("profile/show.html", form=form, user=user, giver=giver, who_gives_roles=who)
    return page, status


def _change_password(form: ChangePasswordForm) -> str | None:
    """Change the password and return the session's new token; None when the form says why not."""
    config = current_app.config
    guesses = config["SIGN_IN_TRIES"], timedelta(minutes=config["SIGN_IN_TRIES_MINUTES"])
    old, new, now = str(form.old_password.data), str(form.password.data), datetime.now(UTC)
    if old == new:  # whether it is right or not: nothing is told
        form.password.errors = [_("This is what you gave as the current password. Choose another one.")]
        return None
    try:
        token = change_password(
            signed_in_user(), old, new, g.session_id, guesses, choose_language(), visitor(), now
        )
    except TooOften:
        form.old_password.errors = [_too_many_tries()]
        return None
    if token is None:
        form.old_password.errors = [_("This is not your current password.")]
    return token


def _too_many_tries() -> str:
    minutes = current_app.config["SIGN_IN_TRIES_MINUTES"]
    return str(
        ngettext(
            "Too many tries. Try again in %(num)s minute.",
            "Too many tries. Try again in %(num)s minutes.",
            minutes,
        )
    )


def _ask_for_new_email(form: EmailForm) -> bool:
    address, user = str(form.email.data), signed_in_user()
    if address.lower() == user.email:
        form.email.errors = [_("This is your address already.")]
    elif not may_send_mail(MailKind.NEW_EMAIL, address):
        form.form_errors.append(too_many_mails())
    else:
        ask_for_new_email(user, address, choose_language(), datetime.now(UTC))
        return True
    return False


def _link_was_sent(form: EmailForm) -> str:
    words = _(
        "A link was sent to %(address)s. Your address changes when you use it.", address=form.email.data
    )
    demo = _("This is a demo: mails are files in the folder %(folder)s.", folder=mail_folder())
    return f"{words} {demo}" if mail_folder() else str(words)
