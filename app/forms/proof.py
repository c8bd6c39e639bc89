"""Forms that ask for a proof: the code of the second factor, the password once more."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

_needed = InputRequired(_("This must be filled in."))
# A recovery code has 29 characters; people may set blanks.
_code = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}


class CodeForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """A code of the app, or a recovery code."""

    code = StringField(
        _("Code"), [_needed, Length(max=60, message=_("At most 60 characters."))], render_kw=_code
    )
    next = HiddenField()


class ProofForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """The password."""

    password = PasswordField(
        _("Password"),
        [_needed, Length(max=1000, message=_("At most 1000 characters."))],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()


class ProofWithCodeForm(ProofForm, CodeForm):
    """The password, and a code where there is a second factor."""
