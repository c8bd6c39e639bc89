"""A comment that is kept: why a person decided so."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, TextAreaField
from wtforms.validators import DataRequired, Length

from app.domain.plain_text import without_control_characters

LONGEST_COMMENT = 1000


def _one_line(text: str | None) -> str | None:
    return without_control_characters(" ".join(text.split())).strip() if text else text


class CommentForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """Why: others will want to know."""

    comment = TextAreaField(
        _("Comment"),
        [
            DataRequired(_("Say why: others will want to know.")),
            Length(max=LONGEST_COMMENT, message=_("At most 1000 characters.")),
        ],
        filters=[_one_line],
        render_kw={"rows": 2},
    )


class DecisionForm(CommentForm):
    """What becomes of a task whose answer was lost, as its page was seen at this version."""

    version = HiddenField()

    @property
    def seen(self) -> int:
        """The version of the task that the person saw; 0 for none."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
