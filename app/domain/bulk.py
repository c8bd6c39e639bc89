"""One action on many tasks: what can be asked for, how far it is, and why a task is left out."""

from collections.abc import Mapping
from enum import StrEnum

from app.domain.command import ORDERS
from app.domain.task_state import CommandKind, TaskAction


class BulkKind(StrEnum):
    """What can be done to many tasks at once, in the order of their buttons."""

    EDIT = "edit"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    BACK_TO_DRAFT = "back-to-draft"
    DELETE = "delete"
    PAUSE = "pause"
    RESUME = "resume"
    RETRY = "retry"
    FINISH = "finish"
    PRIORITY = "priority"
    KILL = "kill"


# What PanDA is asked for; and what is done to tasks that it does not have.
ORDER_OF: Mapping[BulkKind, CommandKind] = {BulkKind(order.value): order for order in ORDERS}
ACTION_OF: Mapping[BulkKind, TaskAction] = {
    kind: TaskAction(kind.value)
    for kind in (BulkKind.SUBMIT, BulkKind.WITHDRAW, BulkKind.BACK_TO_DRAFT, BulkKind.DELETE)
}
# Children go before their parents.
BACKWARDS = frozenset({BulkKind.DELETE})


class BulkState(StrEnum):
    """How far an action is. Until a person confirms it, nothing is done."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"  # who is left out is to be looked at once more
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"  # a person stopped it; what was done stays done


# States in which it is to be carried on.
GOING_ON = (BulkState.CONFIRMED, BulkState.RUNNING)


class BulkResult(StrEnum):
    """How it went with one task."""

    DONE = "done"
    LEFT_OUT = "left out"  # it was clear before, and told
    NOT_DONE = "not done"  # it turned out when its turn came


class Why(StrEnum):
    """Why nothing is done to a task."""

    GONE = "gone"
    NOT_YOURS = "not yours"
    NOT_IN_STATE = "not in state"
    NOT_AT_PANDA = "not at panda"
    ANOTHER_OPEN = "another open"
    CHANGED = "changed"
    HAS_CHILDREN = "has children"
    TEST_CHANGED = "test changed"
    PROBLEMS = "problems"
    NOTHING_NEW = "nothing new"
    ACCOUNT_OFF = "account off"
    STOPPED = "stopped"
    FAILED = "failed"
