"""What the pages with forms of accounts share: problems shown at their fields, limits, addresses."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from flask import current_app
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from app.domain.problem import Problem
from app.identity import visitor
from app.models import User
from app.problem_words import problem_text
from app.services.mails import WINDOW, MailKind, may_ask_for_mail
from app.services.password_rules import PasswordRules, password_problems
from app.services.throttle import may_try

# Who registers may need several tries until the password is good.
TRIES_OF_A_REGISTRATION = 4


def is_valid_with_password(form: FlaskForm, about: Sequence[str]) -> bool:
    """Check a form and the new password in it. about: what is known of the person.

    Judging a password takes long: it is done last.
    """
    return bool(form.validate()) and is_good_password(form, about)


def is_good_password(form: FlaskForm, about: Sequence[str]) -> bool:
    """Judge the new password in a form that is valid otherwise."""
    problems = password_problems(form.password.data, _password_rules(), about)
    show_problems(form, problems)
    return not problems


def may_register() -> bool:
    """Count a registration; False when there were too many from this network lately."""
    limit = TRIES_OF_A_REGISTRATION * current_app.config["MAILS_PER_ADDRESS_AND_HOUR"]
    return may_try(f"registering:from:{visitor().network}", limit, WINDOW, datetime.now(UTC))


def words_about(user: User) -> list[str]:
    """Return what anybody knows of a person, and a password must not be made of."""
    return [user.username, user.first_name, user.last_name, user.email]


def show_problems(form: FlaskForm, problems: Iterable[Problem]) -> None:
    """Put each problem to its field."""
    for problem in problems:
        form[problem.field].errors = [*form[problem.field].errors, problem_text(problem)]


def may_send_mail(kind: MailKind, address: str) -> bool:
    """Count that such a mail to this address was asked for; False when that was too often lately."""
    limit = current_app.config["MAILS_PER_ADDRESS_AND_HOUR"]
    return may_ask_for_mail(kind, address, visitor(), limit, datetime.now(UTC))


def too_many_mails() -> str:
    """Say that too many mails were asked for."""
    return str(_("Too many mails were asked for lately. Look into your mailbox, or try again in an hour."))


def mail_folder() -> str:
    """Return the folder that mails are written into: a demo without a mail server. Empty where one sends."""
    config = current_app.config
    return "" if config["MAIL_SERVER"] else str(Path(config["INSTANCE"]) / "mail")


def _password_rules() -> PasswordRules:
    config = current_app.config
    return PasswordRules(config["PASSWORD_MIN_LENGTH"], config["PASSWORD_CONTEXT_WORDS"])
