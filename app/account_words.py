"""The words about accounts: what happened at the door, how somebody signed in, which browser it was."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.domain.browser import recognise
from app.domain.sign_in import Event
from app.event_words import event_more

_EVENTS = {
    Event.REGISTERED: _("Account registered"),
    Event.EMAIL_CONFIRMED: _("E-mail address confirmed"),
    Event.SIGNED_IN: _("Signed in"),
    Event.SIGNED_OUT: _("Sign-out"),
    Event.REFUSED: _("Sign-in refused"),
    Event.SETUP_REFUSED: _("Wrong code at setting up the second factor"),
    Event.THROTTLED: _("Too many tries, not read any more"),
    Event.ATTACK_REFUSED: _("Forged sign-in refused"),
    Event.NOT_ALLOWED: _("Request refused"),
    Event.PASSWORD_CHANGED: _("Password changed"),
    Event.RESET_ASKED: _("Link for a new password asked for"),
    Event.EMAIL_CHANGED: _("E-mail address changed"),
    Event.PROFILE_CHANGED: _("Profile changed"),
    Event.SECOND_FACTOR_ON: _("Second factor switched on"),
    Event.SECOND_FACTOR_OFF: _("Second factor switched off"),
    Event.RECOVERY_CODE_USED: _("Recovery code used"),
    Event.RECOVERY_CODES_MADE: _("New recovery codes made"),
    Event.SESSIONS_ENDED: _("Sessions ended"),
    Event.IDENTITY_LINKED: _("Account of the identity provider linked"),
    Event.IDENTITY_REMOVED: _("Account of the identity provider removed"),
    Event.ROLE_CHANGED: _("Role changed"),
    Event.DISABLED: _("Account disabled"),
    Event.ENABLED: _("Account enabled again"),
    Event.ACCOUNT_MADE: _("Account made by an administrator"),
}


def event_word(kind: str) -> str:
    """Return the words of an event; a kind of another version of the service is shown as it is."""
    return str(_EVENTS[Event(kind)]) if kind in set(Event) else kind


def browser_words(user_agent: str) -> str:
    """Say which browser it was, such as "Firefox, Linux"; a dash where there was none: a command, a mail."""
    if not user_agent:
        return "—"
    known = [name for name in recognise(user_agent) if name]
    return ", ".join(known) if known else gettext("an unknown browser")


# What a template that lists events needs.
EVENT_WORDS = {"event_word": event_word, "event_more": event_more, "browser_words": browser_words}
