"""What the operator's page shows of delivery, PanDA and the queue."""

import hashlib
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from app.domain.task_state import CommandKind, CommandState
from app.messages import pause_words
from app.models import Installation
from app.services.installation import BY_HAND, find_installation
from app.services.operating import NEEDING_RELEASE
from app.services.queue_list import Queue, read_queue, sends_since
from app.services.strays import count_strays, open_strays
from app.views.twin import why_it_waits
from app.views.urls import list_url_for

STRAYS_SHOWN = 50


def board_context(state: CommandState, number: int, now: datetime) -> dict[str, Any]:
    """Return what the polled part of the page needs."""
    config, row = current_app.config, find_installation()
    queue = read_queue(state, number, config["LIST_PAGE_SIZE"], config["COUNT_LIMIT"])
    strays = count_strays()
    sends = {"in_a_minute": sends_since(now, 1), "in_ten_minutes": sends_since(now, 10)}
    parts: dict[str, object] = {"state": state if state is not CommandState.READY else None}
    parts["page"] = queue.page.number if queue.page.number > 1 else None
    return {
        **_delivery(row, strays),
        "installation": row,
        "strays": open_strays(STRAYS_SHOWN) if strays else [],
        "stray_count": strays,
        "queue": queue,
        "page": queue.page,
        "states": [(each, state_label(each), count) for each, count in queue.counts.items()],
        "sends": sends,
        "list_url": list_url_for("delivery.index", parts),
        "kind_label": kind_label,
        "why_it_waits": why_it_waits,
        "revision": _revision(row, strays, queue, sends),
    }


def _delivery(row: Installation | None, strays: int) -> dict[str, Any]:
    reason = row.paused_for if row else None
    return {
        "is_prepared": row is not None,
        "reason": reason,
        "is_paused_by_hand": reason == BY_HAND,
        "reason_words": pause_words(reason) if reason else None,
        "queue_waits_for": _all_wait_for(row),
        "needs_release": bool(strays) or reason in NEEDING_RELEASE,
    }


def _all_wait_for(row: Installation | None) -> str | None:
    """Say what every queued task waits for, if there is such a thing."""
    if row is not None and row.paused_for:
        return str(_("delivery is paused"))
    return str(_("PanDA cannot be reached")) if row is not None and row.panda_away_since else None


def _revision(row: Installation | None, strays: int, queue: Queue, sends: dict[str, int]) -> str:
    state = (row.paused_for, row.paused_at, row.panda_away_since, row.panda_next_try_at) if row else None
    return hashlib.sha256(repr((state, strays, queue.revision, sends)).encode()).hexdigest()[:16]


def state_label(state: CommandState) -> str:
    """Name a state of the queue."""
    labels = {
        CommandState.READY: _("Waiting to be sent"),
        CommandState.SENDING: _("Being sent"),
        CommandState.ASKED: _("Asked, not yet seen done"),
        CommandState.UNKNOWN: _("Answer lost"),
        CommandState.HELD: _("Needs a decision"),
    }
    return str(labels[state])


def kind_label(kind: str) -> str:
    """Name what PanDA is asked for."""
    labels = {
        CommandKind.SUBMIT: _("submit"),
        CommandKind.KILL: _("kill"),
        CommandKind.FINISH: _("finish"),
        CommandKind.RETRY: _("retry"),
        CommandKind.PAUSE: _("pause"),
        CommandKind.RESUME: _("resume"),
        CommandKind.PRIORITY: _("priority"),
    }
    return str(labels[CommandKind(kind)])
