"""What is written beside an event, in the reader's language. It is stored in the words below, for good."""

import re

from flask_babel import gettext, ngettext

from app.domain.permission import Right, Role
from app.messages import role_word


def _mark(text: str) -> str:
    """Mark a text for translation here and translate it later (pybabel's keyword)."""
    return text


_RIGHTS = {
    Right.VIEW_TASKS: _mark("view tasks"),
    Right.VIEW_CALLS: _mark("view PanDA calls"),
    Right.CREATE_TASK: _mark("create a task"),
    Right.CHANGE_TASK: _mark("change a task"),
    Right.STEER_TASK: _mark("stop or steer a task at PanDA"),
    Right.DECIDE_LOST_TASK: _mark("decide on a task whose answer was lost"),
    Right.APPROVE_TASK: _mark("approve a task"),
    Right.RUN_DELIVERY: _mark("pause and resume delivery"),
    Right.VIEW_DRAFT: _mark("view a draft"),
    Right.CHANGE_VIEW: _mark("change a saved view"),
    Right.DELETE_VIEW: _mark("delete a saved view"),
    Right.CHANGE_PRESET: _mark("change a preset"),
    Right.DELETE_PRESET: _mark("delete a preset"),
    Right.COMMENT: _mark("write a comment"),
    Right.CHANGE_COMMENT: _mark("change a comment"),
    Right.DELETE_COMMENT: _mark("delete a comment"),
    Right.MANAGE_PEOPLE: _mark("manage people"),
}

# Each pattern is what the services, refusals.py and the views write down; a tail of "(request …)" stays.
_SENTENCES = [
    (re.compile(rf"{pattern}(?P<tail> \(request \w+\))?"), text)
    for pattern, text in (
        (r"password", _mark("with the password")),
        (r"code", _mark("with the code of the second factor")),
        (r"iam", _mark("through the identity provider")),
        (r"wrong password", _mark("wrong password")),
        (r"wrong code", _mark("wrong code")),
        (r"closed", _mark("right password, but the account is disabled or not confirmed")),
        (r"disabled", _mark("the account is disabled")),
        (r"proof", _mark("when asked who it is")),
        (r"by a link in a mail", _mark("by a link in a mail")),
        (
            r"(?P<route>[A-Z]+ \S+): needs the right to (?P<right>.+)",
            _mark("%(route)s: needs the right “%(right)s”"),
        ),
        (
            r"(?P<route>[A-Z]+ \S+): the form came without its token, or from another site",
            _mark("%(route)s: the form came without its token, or from another site"),
        ),
        (r"the identity belongs to another account", _mark("the identity belongs to another account")),
        (r"its identity was linked to (?P<name>\S+)", _mark("its identity was linked to %(name)s")),
        (r"(?P<role>\w+)", "%(role)s"),
        (r"(?P<before>\w+) → (?P<role>\w+)", "%(before)s → %(role)s"),
        (
            r"(?P<before>\w+) → (?P<role>\w+) by flask set-role",
            _mark("%(before)s → %(role)s by flask set-role"),
        ),
        (r"(?P<before>\w+) → (?P<role>\w+), by groups", _mark("%(before)s → %(role)s, by groups")),
        (r"(?P<role>\w+), by (?P<issuer>\S+)", _mark("%(role)s, by %(issuer)s")),
        (
            r"(?P<role>\w+) by groups refused: no other admin is left",
            _mark("%(role)s by groups refused: no other administrator is left"),
        ),
        (r"broken off at the provider", _mark("broken off at the provider")),
        (r"too many sign-ins through the provider", _mark("too many sign-ins through the provider")),
        (r"the provider does not answer: (?P<said>.+?)", _mark("the provider does not answer: %(said)s")),
    )
]
_ENDED = re.compile(r"(\d+)( ended)?")


def event_more(words: str) -> str:
    """Return what is written beside an event; what somebody typed, and what is not known, as it is."""
    if ended := _ENDED.fullmatch(words):
        return str(ngettext("%(num)s session", "%(num)s sessions", int(ended[1])))
    for pattern, sentence in _SENTENCES:
        if found := pattern.fullmatch(words):
            parts = found.groupdict()
            if all(parts[name] in set(Role) for name in ("role", "before") if name in parts):
                return f"{gettext(sentence, **_said(parts))}{parts['tail'] or ''}"
    return words


def _said(parts: dict[str, str]) -> dict[str, str]:
    roles = {name: role_word(parts[name]) for name in ("role", "before") if name in parts}
    right = parts.get("right", "")
    rights = {"right": gettext(_RIGHTS[Right(right)])} if right in set(Right) else {}
    return parts | roles | rights
