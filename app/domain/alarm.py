"""What an administrator is rung up for. Each kind is explained in docs/operations.md."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from app.domain.approval import OFF, ApprovalRules


class AlarmKind(StrEnum):
    """One alarm of each kind is on at a time."""

    DATABASE = "database"  # it does not answer, or takes nothing
    NO_BEAT = "no-beat"  # a piece of scheduled work does nothing, or fails again and again
    PANDA = "panda"  # no answer of PanDA for too long
    WAITING = "waiting"  # something waits too long to be sent
    UNDECIDED = "undecided"  # nobody knows for too long whether PanDA has something
    PAUSED = "paused"  # delivery is paused


@dataclass(frozen=True)
class AlarmLimits:
    """How long something may last before it is an alarm."""

    beat: timedelta
    panda: timedelta
    waiting: timedelta
    undecided: timedelta
    approval: ApprovalRules = OFF


@dataclass(frozen=True)
class Finding:
    """An alarm that is on, with what its sentence tells.

    minutes: how long it has lasted; None: it never was otherwise. count: how many are concerned. name: which
    work, or the reason of the pause. words: what was said by a work that fails, or by whoever paused.
    """

    kind: AlarmKind
    minutes: int | None = None
    count: int = 0
    name: str = ""
    words: str = ""
