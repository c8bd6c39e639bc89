"""What every template can use."""

from datetime import UTC, datetime
from typing import Any

from flask import Flask, current_app, g, request
from flask_babel import get_locale, lazy_gettext
from flask_babel import gettext as _
from flask_login import current_user

from app import messages
from app.command_words import FINISH_WORDS, way_word
from app.domain.approval import ApprovalRules
from app.domain.comment import LONGEST_COMMENT
from app.domain.permission import Right, Role, may
from app.htmx import wants_fragment
from app.language import choose_theme, zone_name
from app.problem_words import problem_text
from app.reasons import reason_of
from app.services.approval import count_waiting
from app.services.heartbeat import Heartbeat, read_heartbeat
from app.services.rules import conventions_from
from app.services.tasks import warning_key
from app.texts import in_language
from app.way_back import page_to_come_back_to

# Looked up only when they are shown: a list asks for hundreds of labels.
_LABELS = {
    "name": lazy_gettext("Name"),
    "collision": lazy_gettext("Collision system"),
    "events": lazy_gettext("Total events"),
    "jobs": lazy_gettext("Total jobs"),
    "input": lazy_gettext("Input"),
    "RECIPES": lazy_gettext("Recipe"),
    "plan": lazy_gettext("The plan"),
    "preset": lazy_gettext("Preset"),
    "table": lazy_gettext("The table"),
    "steps": lazy_gettext("Steps"),
    "priority": lazy_gettext("Priority"),
    "current_priority": lazy_gettext("Current priority"),
    "parent": lazy_gettext("Parent task"),
    "tags": lazy_gettext("Tags"),
    "add_tags": lazy_gettext("Tags to add"),
    "remove_tags": lazy_gettext("Tags to take away"),
    "edit": lazy_gettext("Fields"),
    "campaign": lazy_gettext("Campaign"),
    "request": lazy_gettext("Production request"),
    "comment": lazy_gettext("Why"),
    "twin": lazy_gettext("Test first"),
    "argument": lazy_gettext("New value"),
}


def configure(app: Flask) -> None:
    """Give the templates their words, rights and the state of the service."""
    app.context_processor(_words)
    app.context_processor(_person)
    app.context_processor(_service)


def _words() -> dict[str, Any]:
    names = ("state_word", "state_sentence", "state_icon", "role_word", "outcome_word")
    return {
        "locale": str(get_locale() or "en"),
        "theme": choose_theme(),
        "zone_name": zone_name,
        "field_label": field_label,
        "warning_key": warning_key,
        "problem_text": problem_text,
        "reason_of": reason_of,
        "finish_words": FINISH_WORDS,
        "way_word": way_word,
        "longest_comment": LONGEST_COMMENT,
        "page_to_come_back_to": page_to_come_back_to,
        **{name: getattr(messages, name) for name in names},
    }


def _person() -> dict[str, Any]:
    def allowed(right: str) -> bool:
        return bool(current_user.is_authenticated) and may(
            Role(current_user.role), Right(right), is_owner=True
        )

    return {"may": allowed}


def _service() -> dict[str, Any]:
    """The heartbeat line; an error page is shown without it, for the database may be what failed."""
    if not current_user.is_authenticated or g.get("without_heartbeat") or _is_other_piece():
        return {"heartbeat": None, "to_approve": 0}
    return {"heartbeat": shown_heartbeat(), "to_approve": _to_approve()}


def _to_approve() -> int:
    """Count the tasks that wait for the reader's approval."""
    if not may(Role(current_user.role), Right.APPROVE_TASK):
        return 0
    return count_waiting(ApprovalRules.from_settings(current_app.config), current_app.config["COUNT_LIMIT"])


def _is_other_piece() -> bool:
    return wants_fragment() and request.endpoint != "health.heartbeat"


def shown_heartbeat() -> dict[str, Any]:
    """Return the state of the service, with its words when something is not well."""
    config = current_app.config
    beat = read_heartbeat(
        datetime.now(UTC),
        config["HEARTBEAT_AMBER_SECONDS"],
        config["HEARTBEAT_RED_SECONDS"],
        ApprovalRules.from_settings(config),
    )
    return {
        "level": beat.level,
        "beat_at": beat.beat_at,
        "panda_at": beat.panda_at,
        "waiting": beat.waiting,
        "pause_reason": messages.pause_words(beat.paused_for) if beat.paused_for else None,
        "words": _alarm_words(beat),
    }


def _alarm_words(beat: Heartbeat) -> list[str]:
    words = []
    if beat.worst_error:
        words.append(
            _("%(work)s: it fails. %(error)s", work=messages.work_word(beat.worst), error=beat.worst_error)
        )
    elif beat.worst is None:
        words.append(_("The scheduled work has never run: nothing is sent and no state is fresh."))
    elif beat.is_late:
        words.append(_("%(work)s: it is late, states may be old.", work=messages.work_word(beat.worst)))
    if beat.waiting.undecided:
        words.append(_("The answer to some sent tasks was lost; the service is looking for them."))
    return words


def field_label(name: str) -> str:
    """Return the label of a field of the name or of the size of a task."""
    if name in _LABELS:
        return str(_LABELS[name])
    for convention in reversed(conventions_from(current_app.config)):
        for field in convention.fields:
            if field.name == name:
                return in_language(field.label)
    return name
