"""Forms of the admins about people: the role, and the reason why an account is disabled."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, TextAreaField
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length

from app.domain.permission import Role
from app.domain.plain_text import without_control_characters

# The choice that gives no role: the groups of the identity provider say it.
AS_GROUPS_SAY = "groups"
LONGEST_REASON = 250


def _one_line(text: str | None) -> str | None:
    return without_control_characters(" ".join(text.split())).strip() if text else text


class RoleForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """A role that an admin gives, or the word that the groups decide."""

    # The choices have words of the person's own: the view fills them in.
    role = SelectField(
        _("Role"),
        [
            InputRequired(_("Choose a role.")),
            AnyOf(
                [AS_GROUPS_SAY, *(role.value for role in Role)], message=_("Choose one of the roles listed.")
            ),
        ],
        validate_choice=False,
    )
    # What was given when the page was made.
    seen = HiddenField()


class RemoveForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """Why the second factor of somebody is taken away: as DisableForm, on the same page."""

    ground = TextAreaField(
        _("How you know the person"),
        [
            DataRequired(_("Say why: other administrators will want to know.")),
            Length(max=LONGEST_REASON, message=_("At most 250 characters.")),
        ],
        filters=[_one_line],
        render_kw={"rows": 2},
    )


class DisableForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """Why an account is disabled: shown to admins, written down for good."""

    reason = TextAreaField(
        _("Reason"),
        [
            DataRequired(_("Say why: other administrators will want to know.")),
            Length(max=LONGEST_REASON, message=_("At most 250 characters.")),
        ],
        filters=[_one_line],
        render_kw={"rows": 2},
    )
