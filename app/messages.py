"""The words of the service: states, pauses, outcomes and roles, in the reader's language."""

from flask_babel import gettext

from app.pause_words import PAUSES
from app.state_words import STATES


def state_word(state: str) -> str:
    """Return the word of a shown state; one that PanDA invented later is shown as it is."""
    known = STATES.get(state)
    return str(known.word) if known else state


def state_sentence(state: str) -> str:
    """Return what a shown state means, in a plain sentence."""
    known = STATES.get(state)
    return str(known.sentence) if known else gettext("PanDA uses a word that this service does not know yet.")


def state_icon(state: str) -> str:
    """Return the icon of a shown state."""
    known = STATES.get(state)
    return known.icon if known else "dots"


def _mark(text: str) -> str:
    """Mark a text for translation here and translate it later (pybabel's keyword)."""
    return text


def pause_words(reason: str) -> str:
    """Say why delivery is paused and what mends it."""
    known = PAUSES.get(reason)
    return f"{known.why} {known.mend}" if known else reason


def outcome_word(outcome: str) -> str:
    """Say how a call to PanDA ended; the error's own name for one without words."""
    return gettext(_OUTCOMES[outcome]) if outcome in _OUTCOMES else outcome


_OUTCOMES = {
    "open": _mark("open"),
    "ok": _mark("answered"),
    "NotSent": _mark("not sent"),
    "PandaUnavailable": _mark("not reachable"),
    "Overloaded": _mark("overloaded"),
    "NoToken": _mark("no token"),
    "OutcomeUnknown": _mark("answer lost"),
    "Refused": _mark("refused"),
    "AccessRefused": _mark("access refused"),
    "TooManyActiveTasks": _mark("too many active tasks"),
    "ArgumentsRefused": _mark("parameters refused"),
    "NotInThisState": _mark("not in this state"),
    "TaskNotFound": _mark("not there yet"),
    "MethodForbidden": _mark("method unknown"),
    "JournalUnwritable": _mark("not sent"),
}


def role_word(role: str) -> str:
    """Return the word of a role."""
    return str(gettext(_ROLES[role]))


_ROLES = {
    "viewer": _mark("viewer"),
    "physicist": _mark("physicist"),
    "manager": _mark("production manager"),
    "admin": _mark("administrator"),
}


def work_word(name: str | None) -> str:
    """Name a piece of the scheduled work; jobs/schedule.py lists them."""
    return str(gettext(_WORK[name])) if name in _WORK else str(name)


_WORK = {
    "access": _mark("Check of our credentials at PanDA"),
    "deliver": _mark("Sending of tasks"),
    "effects": _mark("Watch for what PanDA was asked"),
    "bulk": _mark("Actions on many tasks"),
    "verify": _mark("Read-back of sent tasks"),
    "reconcile": _mark("Search for lost answers"),
    "watch": _mark("Watch for duplicates"),
    "refresh": _mark("Refresh of states"),
    "refresh_asked": _mark("Refresh of the open pages"),
    "mail": _mark("Sending of mail"),
    "housekeeping": _mark("Housekeeping"),
}
