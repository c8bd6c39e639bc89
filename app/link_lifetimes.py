"""How long the links in mails can be used, in words."""

from flask import current_app
from flask_babel import ngettext


def lifetime_of_a_confirmation() -> str:
    """Say so of a link that confirms an address."""
    hours = current_app.config["CONFIRM_LINK_HOURS"]
    return str(
        ngettext(
            "The link can be used once, within %(num)s hour.",
            "The link can be used once, within %(num)s hours.",
            hours,
        )
    )


def lifetime_of_a_reset() -> str:
    """Say so of a link to a new password."""
    minutes = current_app.config["RESET_LINK_MINUTES"]
    return str(
        ngettext(
            "The link can be used once, within %(num)s minute.",
            "The link can be used once, within %(num)s minutes.",
            minutes,
        )
    )
