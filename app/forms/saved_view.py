"""The form of a saved view: its name, and whether others see it."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import DataRequired, Length

from app.domain.plain_text import without_control_characters

# An address that web servers take.
LONGEST_QUERY = 3000


def _one_line(text: str | None) -> str | None:
    return without_control_characters(" ".join(text.split())).strip() if text else text


class SavedViewForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """What a person says of a view."""

    name = StringField(
        _("Name"),
        [DataRequired(_("This must be filled in.")), Length(max=80, message=_("At most 80 characters."))],
        filters=[_one_line],
    )
    is_shared = BooleanField(_("Share with all"))


class NewViewForm(SavedViewForm):
    """A view that is to be kept. query: that of the address of the list."""

    query = HiddenField(
        _("Filters"),
        [Length(max=LONGEST_QUERY, message=_("These are more filters than an address can hold."))],
    )
    replaces = BooleanField(_("Replace my view of this name"))
