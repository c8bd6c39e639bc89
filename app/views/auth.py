"""Sign in, sign out, language and theme."""

from datetime import UTC, datetime

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain.sign_in import Event, Method
from app.forms.account import SignInForm
from app.identity import public, signed_in_user, visitor
from app.language import LANGUAGES, THEMES
from app.security import own_path
from app.services import accounts, signing_in
from app.services.account_events import record_event
from app.services.signing_in import AccountDisabled, Guess, NotConfirmed
from app.services.throttle import TooManyTries
from app.texts import in_language
from app.views.door import device_token, say_too_many, try_limits
from app.views.entering import enter, leave
from app.views.iam import page_after_sign_out
from app.views.registration import wait_for_mail

blueprint = Blueprint("auth", __name__)

Answer = str | Response | tuple[str, int] | tuple[str, int, dict[str, str]]


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> Answer:
    """Ask for username and password and lead on to where the person wanted to go."""
    form = SignInForm(next=request.args.get("next"))
    if not form.is_submitted():
        # Who was led here by an old cookie, and has the new one by now, goes on.
        known = own_path(form.next.data) if current_user.is_authenticated else None
        return redirect(known, 303) if known else _sign_in_page(form)
    return (_try(form) if form.validate() else None) or (_sign_in_page(form), 422)


def _try(form: SignInForm) -> Answer | None:
    guess = Guess(form.username.data or "", form.password.data or "", device_token())
    try:
        entrant = signing_in.sign_in(guess, try_limits(), visitor(), datetime.now(UTC))
    except TooManyTries as refusal:
        status, headers = say_too_many(form, refusal)
        form.form_errors.append(_("A browser that signed in to this account before can still sign in."))
        return _sign_in_page(form), status, headers
    except NotConfirmed as refusal:
        flash(_("Your e-mail address is not confirmed yet: use the link in the mail."), "error")
        return wait_for_mail(refusal.username, refusal.address)
    except AccountDisabled:
        who = in_language(current_app.config["WHO_GIVES_ROLES"])
        form.form_errors.append(_("This account is disabled. Ask %(who)s.", who=who))
        return None
    if entrant is not None:
        return enter(entrant.user, Method.PASSWORD, form.next.data, entrant.grounds)
    form.form_errors.append(_("The username or the password is wrong."))
    return None


@blueprint.post("/sign-out")
@public
def sign_out() -> Answer:
    """End the session for good."""
    target = page_after_sign_out()
    if current_user.is_authenticated:
        record_event(Event.SIGNED_OUT, signed_in_user(), visitor(), datetime.now(UTC))
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
        uses_keys = {"on": True, "off": False}.get(request.form.get("keys", ""))
        accounts.set_preferences(signed_in_user(), language, theme, uses_keys)
    session.update({name: value for name, value in (("language", language), ("theme", theme)) if value})
    # A list may have been sorted or turned over since its page was made: it says where it is by itself.
    back = own_path(request.form.get("list_url")) or own_path(request.form.get("next_url"))
    return redirect(back or url_for("tasks.index"), 303)


def _sign_in_page(form: SignInForm) -> str:
    people = (
        []
        if current_app.config["PRODUCTION"]
        else [("physicist", "physicist"), ("manager", "manager"), ("admin", "admin")]
    )
    return render_template("auth/sign_in.html", form=form, demo_people=people)
