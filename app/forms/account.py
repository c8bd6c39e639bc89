"""Forms of accounts: registering, signing in, a new password. services/password_rules.py judges passwords."""

import re
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, InputRequired, Length, Regexp

from app.domain.account import EMAIL, USERNAME
from app.domain.plain_text import without_control_characters

_needed = InputRequired(_("This must be filled in."))
# Blanks and invisible characters alone are no name.
_said = DataRequired(_("This must be filled in."))
_email = [
    _said,
    Length(max=254, message=_("At most 254 characters.")),
    Regexp(EMAIL, re.ASCII, message=_("This does not look like an e-mail address.")),
]
PERSON = [_said, Length(max=100, message=_("At most 100 characters."))]


def plain(text: str | None) -> str | None:
    """Return one line of text as it is stored, without what hides."""
    return without_control_characters(text).strip() if text else text


class SignInForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """Username (or e-mail address) and password."""

    username = StringField(
        _("Username or e-mail"),
        [_needed, Length(max=254, message=_("At most 254 characters."))],
        render_kw={"autocomplete": "username", "autocapitalize": "none"},
    )
    password = PasswordField(
        _("Password"),
        [_needed, Length(max=1000, message=_("At most 1000 characters."))],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()


def _new_password(label: Any) -> PasswordField:
    return PasswordField(
        label,
        [_needed, Length(max=1000, message=_("At most 1000 characters."))],
        render_kw={"autocomplete": "new-password"},
    )


def _password_again() -> PasswordField:
    return PasswordField(
        _("Repeat password"),
        [_needed, EqualTo("password", message=_("The two passwords differ."))],
        render_kw={"autocomplete": "new-password"},
    )


class NewPasswordForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """A password that is to be set, twice."""

    password = _new_password(_("New password"))
    password_again = _password_again()


class ChangePasswordForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """The old password before the new one."""

    old_password = PasswordField(
        _("Current password"),
        [_needed, Length(max=1000, message=_("At most 1000 characters."))],
        render_kw={"autocomplete": "current-password"},
    )
    password = _new_password(_("New password"))
    password_again = _password_again()


class EmailForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """An e-mail address."""

    email = EmailField(_("E-mail address"), _email, filters=[plain], render_kw={"autocomplete": "email"})


class RegisterForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """What the prototype asked of a new person."""

    username = StringField(
        _("Username"),
        [
            _needed,
            Regexp(
                USERNAME,
                message=_("3 to 64 small Latin letters, digits, dots, _ or -, a letter first."),
            ),
        ],
        filters=[plain],
        render_kw={"autocomplete": "username", "autocapitalize": "none"},
    )
    first_name = StringField(
        _("First name"), PERSON, filters=[plain], render_kw={"autocomplete": "given-name"}
    )
    last_name = StringField(
        _("Last name"), PERSON, filters=[plain], render_kw={"autocomplete": "family-name"}
    )
    email = EmailField(
        _("E-mail address"),
        _email,
        filters=[plain],
        render_kw={"autocomplete": "email"},
    )
    password = _new_password(_("Password"))
    password_again = _password_again()
