"""Why nothing is sent, and what mends it; the reasons stand in services/installation.py."""

from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _


@dataclass(frozen=True)
class PauseWords:
    """why: the cause in a sentence. mend: what to do, or that nothing need be done."""

    why: LazyString
    mend: LazyString


PAUSES: dict[str, PauseWords] = {
    "access": PauseWords(
        _("PanDA does not accept our credentials."),
        _("An administrator must see to the token and its production role; sending then goes on by itself."),
    ),
    "server": PauseWords(
        _("The PanDA server does not know the methods we need: 1.0.1 or newer is required."),
        _("Sending goes on by itself when such a server answers."),
    ),
    "unanswered": PauseWords(
        _("PanDA took one task after the other and answered none."),
        _("One task is tried now and then; the others are sent when PanDA answers again."),
    ),
    "read_back": PauseWords(
        _("PanDA stored other parameters than we sent."),
        _("An administrator must find out why before sending is resumed."),
    ),
    "found_twice": PauseWords(
        _("PanDA has one of our tasks twice."),
        _("A manager must look which one stays before sending is resumed."),
    ),
    "foreign_database": PauseWords(
        _("This database belongs to another installation, so nothing is sent from it."),
        _("The setting INSTANCE_ID must name the installation that the database belongs to."),
    ),
    "restored": PauseWords(
        _("Tasks were sent from here that this database does not know: it was restored or copied."),
        _("A manager must look at the list of them and release delivery."),
    ),
    "copied": PauseWords(
        _("The journal of sends is missing: this may be a copy of the database."),
        _("A manager must make sure that no other copy is in use, then release delivery."),
    ),
    "by_hand": PauseWords(
        _("A manager paused it."),
        _("A manager can resume it."),
    ),
}
