"""The form of a preset; the values it keeps are the fields of the form of a task beside it."""

from flask_babel import lazy_gettext as _
from wtforms import BooleanField

from app.forms.saved_view import SavedViewForm


class PresetForm(SavedViewForm):
    """A name, and whether others see it."""


class NewPresetForm(PresetForm):
    """A preset that is to be kept."""

    replaces = BooleanField(_("Replace my preset of this name"))
