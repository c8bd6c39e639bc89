"""A forgotten password: ask for a link by mail."""

from datetime import UTC, datetime

from flask import Blueprint, current_app, redirect, render_template, session, url_for
from werkzeug.wrappers import Response

from app.forms.account import EmailForm
from app.identity import public, visitor
from app.language import choose_language
from app.services.mails import MailKind
from app.services.password_changes import ask_for_reset
from app.views.account_form import mail_folder, may_send_mail, too_many_mails

blueprint = Blueprint("forgotten", __name__)

# In the cookie: the address the link was asked for, as the person typed it.
ASKED_FOR = "reset_asked_for"

Answer = str | Response | tuple[str, int]


@blueprint.route("/forgotten", methods=["GET", "POST"])
@public
def ask() -> Answer:
    """Ask for the e-mail address and send a link there, whether or not anybody has it."""
    form = EmailForm()
    if not form.validate_on_submit() or not _queue_mail(form):
        return render_template("auth/forgotten.html", form=form), 422 if form.is_submitted() else 200
    session[ASKED_FOR] = form.email.data
    return redirect(url_for("forgotten.sent"), 303)


@blueprint.get("/forgotten/sent")
@public
def sent() -> Answer:
    """Say what comes now, in words that hold for every address."""
    address = session.get(ASKED_FOR)
    if not isinstance(address, str):
        return redirect(url_for("forgotten.ask"), 303)
    minutes = current_app.config["RESET_LINK_MINUTES"]
    return render_template(
        "auth/forgotten_sent.html", address=address, minutes=minutes, mail_folder=mail_folder()
    )


def _queue_mail(form: EmailForm) -> bool:
    """Queue the mail; False when too many were asked for. Both are the same for an unknown address."""
    address = str(form.email.data)
    if not may_send_mail(MailKind.RESET, address):
        form.form_errors.append(too_many_mails())
        return False
    ask_for_reset(address, choose_language(), visitor(), datetime.now(UTC))
    return True
