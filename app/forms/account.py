"""Forms of accounts: registering and signing in."""

import re
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, PasswordField, StringField, ValidationError
from wtforms.validators import DataRequired, EqualTo, InputRequired, Length, Regexp

from app.domain.plain_text import without_control_characters

# ASCII alone: an address is stored and compared in small letters, and has one spelling only.
EMAIL = r"\A[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\Z"

_needed = InputRequired(_("This must be filled in."))
# Blanks and invisible characters alone are no name.
_said = DataRequired(_("This must be filled in."))
_person = [_said, Length(max=100, message=_("At most 100 characters."))]


def _plain(text: str | None) -> str | None:
    return without_control_characters(text).strip() if text else text


class SignInForm(FlaskForm):  # type: ignore[misc]
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


class RegisterForm(FlaskForm):  # type: ignore[misc]
    """What the prototype asked of a new person."""

    username = StringField(
        _("Username"),
        [
            _needed,
            Regexp(
                r"\A[a-z][a-z0-9_.-]{2,63}\Z",
                message=_("3 to 64 small Latin letters, digits, dots, _ or -, a letter first."),
            ),
        ],
        filters=[_plain],
        render_kw={"autocomplete": "username", "autocapitalize": "none"},
    )
    first_name = StringField(
        _("First name"), _person, filters=[_plain], render_kw={"autocomplete": "given-name"}
    )
    last_name = StringField(
        _("Last name"), _person, filters=[_plain], render_kw={"autocomplete": "family-name"}
    )
    email = EmailField(
        _("E-mail address"),
        [
            _said,
            Length(max=254, message=_("At most 254 characters.")),
            Regexp(EMAIL, re.ASCII, message=_("This does not look like an e-mail address.")),
        ],
        filters=[_plain],
        render_kw={"autocomplete": "email"},
    )
    password = PasswordField(
        _("Password"),
        [_needed, Length(max=1000, message=_("At most 1000 characters."))],
        render_kw={"autocomplete": "new-password"},
    )
    password_again = PasswordField(
        _("Repeat password"),
        [_needed, EqualTo("password", message=_("The two passwords differ."))],
        render_kw={"autocomplete": "new-password"},
    )

    def validate_password(self, field: Any) -> None:
        """Refuse a password that is too short or says what everybody would try."""
        least = current_app.config["PASSWORD_MIN_LENGTH"]
        if len(field.data) < least:
            raise ValidationError(
                ngettext("At least %(num)s character.", "At least %(num)s characters.", least)
            )
        if self.username.data and self.username.data in field.data.lower():
            raise ValidationError(_("The password must not hold the username."))
