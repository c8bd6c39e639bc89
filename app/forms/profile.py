"""The form of what a person may change about themselves."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types

from app.forms.account import PERSON, plain


class ProfileForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """Names, language, time zone and theme; an empty choice follows the browser or the service."""

    first_name = StringField(
        _("First name"), PERSON, filters=[plain], render_kw={"autocomplete": "given-name"}
    )
    last_name = StringField(
        _("Last name"), PERSON, filters=[plain], render_kw={"autocomplete": "family-name"}
    )
    language = SelectField(
        _("Language"),
        choices=[
            SelectChoice(value="", label=_("as the browser prefers")),
            SelectChoice(value="en", label="English"),
            SelectChoice(value="ru", label="Русский"),
        ],
    )
    time_zone = SelectField(_("Time zone"))
    theme = SelectField(
        _("Theme"),
        choices=[
            SelectChoice(value="auto", label=_("as the system prefers")),
            SelectChoice(value="light", label=_("light")),
            SelectChoice(value="dark", label=_("dark")),
        ],
    )

    mail_mentions = BooleanField(_("Mail me when a comment names me"))
    follow_own = BooleanField(_("Follow the tasks that I create"))

    def offer_time_zones(self, zones: Sequence[str], own: str) -> None:
        """Fill the list of time zones; own: that of the service, which the empty choice stands for."""
        as_service = SelectChoice(value="", label=_("as the service: %(zone)s", zone=own))
        self.time_zone.choices = [as_service, *(SelectChoice(value=zone, label=zone) for zone in zones)]
