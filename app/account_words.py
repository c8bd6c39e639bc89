"""The words for what can happen to an account."""

from flask_babel import gettext

from app.domain.sign_in import Event


def _mark(text: str) -> str:
    """Mark a text for translation; it is translated when it is shown."""
    return text


def event_word(kind: str) -> str:
    """Say in words what happened; a kind of another version of the service is shown as it is."""
    return str(gettext(_EVENTS[Event(kind)])) if kind in list(Event) else kind


_EVENTS = {
    Event.REGISTERED: _mark("registered"),
    Event.EMAIL_CONFIRMED: _mark("e-mail address confirmed"),
    Event.SIGNED_IN: _mark("signed in"),
    Event.SIGNED_OUT: _mark("signed out"),
    Event.REFUSED: _mark("sign-in refused"),
    Event.THROTTLED: _mark("too many tries"),
    Event.ATTACK_REFUSED: _mark("attack refused"),
    Event.NOT_ALLOWED: _mark("not allowed"),
    Event.PASSWORD_CHANGED: _mark("password changed"),
    Event.RESET_ASKED: _mark("new password asked for"),
    Event.EMAIL_CHANGED: _mark("e-mail address changed"),
    Event.PROFILE_CHANGED: _mark("profile changed"),
    Event.SECOND_FACTOR_ON: _mark("second factor switched on"),
    Event.SECOND_FACTOR_OFF: _mark("second factor switched off"),
    Event.RECOVERY_CODE_USED: _mark("recovery code used"),
    Event.SESSIONS_ENDED: _mark("sessions ended"),
    Event.IDENTITY_LINKED: _mark("identity linked"),
    Event.IDENTITY_REMOVED: _mark("identity removed"),
    Event.ROLE_CHANGED: _mark("role changed"),
    Event.DISABLED: _mark("account disabled"),
    Event.ENABLED: _mark("account enabled"),
    Event.ACCOUNT_MADE: _mark("account made"),
}
