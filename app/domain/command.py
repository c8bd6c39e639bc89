"""Orders to PanDA on a task that it has: when each makes sense, and by what it shows that it was carried out.

PanDA notes an order and carries it out 10 to 25 s later, or drops it without a word when the task has moved
on. Its answer is a promise; only the task itself tells. Source: panda-server 1.0.4 as observed.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.task_state import FINAL_STATUSES, CommandKind

# The kinds that are orders: a submission goes another way.
ORDERS: tuple[CommandKind, ...] = (
    CommandKind.PAUSE,
    CommandKind.RESUME,
    CommandKind.RETRY,
    CommandKind.FINISH,
    CommandKind.PRIORITY,
    CommandKind.KILL,
)
# Orders that only stop work: they go out while sending is paused for a reason that does not concern them.
STOPPING = frozenset({CommandKind.KILL, CommandKind.FINISH, CommandKind.PAUSE})
# Asking twice does no harm. All others are never repeated by the service.
REPEATED = frozenset({CommandKind.KILL})

SOFT, HARD = "soft", "hard"

# A comment, characters.
LONGEST_COMMENT = 1000

_ABORTING = frozenset({"toabort", "aborting", "aborted"})
_BREAKING = frozenset({"tobroken", "broken"})
# PanDA refuses here what changes the course of a task; in `passed` and `tobroken` when it carries it out.
_ENDING = FINAL_STATUSES | _ABORTING | _BREAKING | {"prepared", "passed"}
_FINISHING = frozenset({"finishing", "passed", "prepared", "done", "finished", "failed"})
_ACCEPTED_IN = {
    CommandKind.RETRY: frozenset({"finished", "failed", "exhausted"}),
    CommandKind.RESUME: frozenset({"paused", "throttled", "staging"}),
}
_REFUSED_IN = {
    CommandKind.KILL: _ENDING,
    CommandKind.FINISH: _ENDING | {"finishing"},
    CommandKind.PAUSE: _ENDING | {"finishing", "paused"},
    CommandKind.PRIORITY: _ENDING,
}

# Submissions of the highest priority come right after the orders.
_TURN_KILL, TURN_ORDER, _TURN_FIRST_SUBMISSION, _TURN_WITHOUT_PRIORITY = 0, 1, 2, 1_000_000


class Effect(StrEnum):
    """What a task shows of an order."""

    PENDING = "pending"
    SEEN = "seen"
    OVERTAKEN = "overtaken"  # it can no longer happen


@dataclass(frozen=True)
class Observed:
    """A task at one moment. changed_at: since when it has the status, by PanDA's clock."""

    status: str | None
    priority: int | None = None
    changed_at: datetime | None = None


def makes_sense(kind: CommandKind, status: str | None) -> bool:
    """Say whether PanDA may accept an order on a task of this status; None: JEDI has not named it yet.

    A word that nobody knows yet is no reason to refuse what stops a task.
    """
    if status is None:
        return kind is CommandKind.KILL
    if kind in _ACCEPTED_IN:
        return status in _ACCEPTED_IN[kind]
    return kind in _REFUSED_IN and status not in _REFUSED_IN[kind]


def needs_comment(kind: CommandKind) -> bool:
    """Say whether a reason must be given: what is killed does not come back."""
    return kind is CommandKind.KILL


def effect(kind: CommandKind, argument: str | None, before: Observed, seen: Observed) -> Effect:
    """Tell from the task as it was when PanDA was asked, and as it is now, what became of the order."""
    if _shows(kind, argument, before, seen):
        return Effect.SEEN
    return Effect.OVERTAKEN if seen.status in _too_late(kind) else Effect.PENDING


def _shows(kind: CommandKind, argument: str | None, before: Observed, seen: Observed) -> bool:
    match kind:
        case CommandKind.KILL:
            return seen.status in _ABORTING
        case CommandKind.FINISH:
            return seen.status in _FINISHING
        case CommandKind.PAUSE:
            return seen.status == "paused"
        case CommandKind.PRIORITY:
            return seen.priority is not None and str(seen.priority) == argument
        case _:
            return _has_moved(before, seen) and seen.status not in _ABORTING


def _has_moved(before: Observed, seen: Observed) -> bool:
    """Say whether the task has left the status it was in, be it that it has come back to it since."""
    if seen.status != before.status:
        return True
    return bool(before.changed_at and seen.changed_at and seen.changed_at > before.changed_at)


def _too_late(kind: CommandKind) -> frozenset[str]:
    if kind is CommandKind.RETRY:
        return _ABORTING
    return FINAL_STATUSES | _ABORTING | _BREAKING


def turn_of(kind: CommandKind, priority: int = 0) -> int:
    """Return the place of a command in the queue, smallest first: kills, other orders, then by priority."""
    if kind is CommandKind.SUBMIT:
        return max(_TURN_FIRST_SUBMISSION, _TURN_WITHOUT_PRIORITY - priority)
    return _TURN_KILL if kind is CommandKind.KILL else TURN_ORDER
