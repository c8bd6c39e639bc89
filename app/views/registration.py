"""Register, and wait for the mail that confirms the address."""

from datetime import UTC, datetime

from flask import Blueprint, current_app, flash, redirect, render_template, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.domain.permission import Role
from app.forms.account import EmailForm, RegisterForm
from app.identity import public, visitor
from app.language import choose_language
from app.services import registration
from app.services.accounts import NewAccount
from app.services.mails import MailKind
from app.services.problems import Invalid
from app.texts import in_language
from app.views.account_form import (
    is_good_password,
    mail_folder,
    may_register,
    may_send_mail,
    show_problems,
    too_many_mails,
)

blueprint = Blueprint("registration", __name__)

FIELDS = ("username", "first_name", "last_name", "email", "password")
# In the cookie: the address whose mail is waited for, as the person typed it.
WAITING = "mail_sent_to"
# And which account waits: registration.key_of_waiting.
ACCOUNT = "account_waiting"

Answer = str | Response | tuple[str, int]


@blueprint.route("/register", methods=["GET", "POST"])
@public
def register() -> Answer:
    """Ask for what an account needs; it can be used once its address is confirmed."""
    form = RegisterForm()
    if not form.is_submitted():
        return _page(form, 200)
    if not form.validate() or not _register(form):
        return _page(form, 422)
    return wait_for_mail(str(form.username.data), str(form.email.data))


@blueprint.get("/register/waiting")
@public
def waiting() -> Answer:
    """Say where the mail went and offer to send it again."""
    address = session.get(WAITING)
    if not isinstance(address, str):
        return redirect(url_for("registration.register"), 303)
    return render_template("auth/waiting.html", address=address, mail_folder=mail_folder(), **_role_words())


@blueprint.post("/register/again")
@public
def again() -> Answer:
    """Send the mail with the link once more."""
    address = session.get(WAITING)
    if isinstance(address, str):
        if may_send_mail(MailKind.CONFIRM, address):
            registration.ask_to_confirm_again(address, choose_language(), datetime.now(UTC))
            flash(_("The mail is sent again."), "success")
        else:
            flash(too_many_mails(), "error")
    return redirect(url_for("registration.waiting"), 303)


@blueprint.route("/register/address", methods=["GET", "POST"])
@public
def other_address() -> Answer:
    """Ask for another address of the account that this browser registered and that is not confirmed."""
    form = EmailForm()
    if not _is_account(session.get(ACCOUNT)):
        return redirect(url_for("registration.register"), 303)
    if not form.is_submitted():
        return render_template("auth/other_address.html", form=form)
    if form.validate() and _correct_address(form):
        return redirect(url_for("registration.waiting"), 303)
    return render_template("auth/other_address.html", form=form), 422


def wait_for_mail(username: str, address: str) -> Response:
    """Lead to the page that waits for the mail to this address, of an account whose password was given."""
    session[WAITING], session[ACCOUNT] = address, registration.key_of_waiting(username)
    return redirect(url_for("registration.waiting"), 303)


def _is_account(key: object) -> bool:
    return isinstance(key, list) and len(key) == 2 and all(isinstance(part, str) for part in key)


def _correct_address(form: EmailForm) -> bool:
    """Give the waiting account the address; False when that is refused, and the form says why."""
    address = str(form.email.data)
    if not may_send_mail(MailKind.CONFIRM, address):
        form.form_errors.append(too_many_mails())
        return False
    username, since = session[ACCOUNT]
    now = datetime.now(UTC)
    if not registration.correct_address(username, since, address, choose_language(), visitor(), now):
        form.form_errors.append(_("This account does not wait any more. If you have confirmed it, sign in."))
        return False
    session[WAITING] = address
    flash(_("The account has the new address. The link that was sent to the old one is void."), "success")
    return True


def _register(form: RegisterForm) -> bool:
    """Register; False when that is refused, and the form says why."""
    account = NewAccount(**{name: form[name].data for name in FIELDS})
    role = Role(current_app.config["NEW_ACCOUNT_ROLE"])
    try:
        registration.refuse_username(account.username)
        if not _may_register(form, account):
            return False
        registration.register(account, role, choose_language(), visitor(), datetime.now(UTC))
    except Invalid as error:
        if registration.is_same_again(account, datetime.now(UTC)):
            return True
        show_problems(form, error.problems)
        return False
    return True


def _may_register(form: RegisterForm, account: NewAccount) -> bool:
    """Judge the password, which takes long, after the registration is counted, and count the mail last."""
    about = [account.username, account.first_name, account.last_name, account.email]
    if may_register():
        if not is_good_password(form, about):
            return False
        if may_send_mail(MailKind.CONFIRM, account.email):
            return True
    form.form_errors.append(too_many_mails())
    return False


def _role_words() -> dict[str, str]:
    config = current_app.config
    return {
        "new_account_role": config["NEW_ACCOUNT_ROLE"],
        "who_gives_roles": in_language(config["WHO_GIVES_ROLES"]),
    }


def _page(form: RegisterForm, status: int) -> Answer:
    return render_template("auth/register.html", form=form, **_role_words()), status
