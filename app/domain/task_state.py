"""States of a production task, and what may be done in each.

A task is in one of our own states until PanDA has accepted it (`submitted`); from then on PanDA's own status
word is shown. Words of PanDA: panda-docs, terminology.rst, section Task.
"""

from enum import StrEnum


class TaskState(StrEnum):
    """Our own states. A row changes from one to another only as TRANSITIONS says."""

    DRAFT = "draft"
    QUEUED = "queued"
    SENDING = "sending"
    SUBMITTED = "submitted"
    UNKNOWN = "unknown"  # sent, but the answer was lost
    HELD = "held"  # a person must decide
    REJECTED = "rejected"  # PanDA refused the parameters; nothing runs
    WITHDRAWN = "withdrawn"
    GIVEN_UP = "given-up"  # sent or not, nobody knows; a person took it as lost


class CommandState(StrEnum):
    """States of a command: something we want PanDA to do.

    A submission ends as accepted; every other command is asked first, as PanDA carries it out later.
    """

    READY = "ready"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    HELD = "held"
    WITHDRAWN = "withdrawn"
    GIVEN_UP = "given-up"
    ASKED = "asked"  # PanDA took the order, or its answer was lost; its effect is waited for
    SEEN = "seen"  # its effect was seen
    UNSEEN = "unseen"  # its effect did not show in time, or cannot any more
    REPLACED = "replaced"  # another command took PanDA's one slot


# States in which a command is not closed: a task has one such command at most.
OPEN_STATES = (
    CommandState.READY,
    CommandState.SENDING,
    CommandState.UNKNOWN,
    CommandState.HELD,
    CommandState.ASKED,
)


class CommandKind(StrEnum):
    """What PanDA can be asked to do with a task. The values but submit are the last part of the URL."""

    SUBMIT = "submit"
    KILL = "kill"
    FINISH = "finish"  # argument: soft (started jobs may end) or hard
    RETRY = "retry"
    PAUSE = "pause"
    RESUME = "resume"
    PRIORITY = "priority"  # argument: the new priority


class TaskAction(StrEnum):
    """What a person can ask for on a task. The values are the last part of the URL."""

    EDIT = "edit"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    BACK_TO_DRAFT = "back-to-draft"
    DELETE = "delete"


# `sending` never goes back to `queued` by a timer: only a send that provably did not happen does that.
TRANSITIONS: dict[TaskState, frozenset[TaskState]] = {
    TaskState.DRAFT: frozenset({TaskState.QUEUED}),
    # A queued task that was sent before, and not found, may turn up while it waits to be sent again; one that
    # a restored database has as queued may have been sent.
    TaskState.QUEUED: frozenset(
        {TaskState.SENDING, TaskState.WITHDRAWN, TaskState.REJECTED, TaskState.SUBMITTED, TaskState.UNKNOWN}
    ),
    TaskState.SENDING: frozenset(
        {TaskState.SUBMITTED, TaskState.QUEUED, TaskState.UNKNOWN, TaskState.REJECTED}
    ),
    TaskState.UNKNOWN: frozenset({TaskState.SUBMITTED, TaskState.HELD, TaskState.QUEUED}),
    # From `held` to `unknown`: a manager has it sent again.
    TaskState.HELD: frozenset({TaskState.SUBMITTED, TaskState.QUEUED, TaskState.GIVEN_UP, TaskState.UNKNOWN}),
    # It is looked for all the same, and may turn up.
    TaskState.GIVEN_UP: frozenset({TaskState.SUBMITTED}),
    TaskState.REJECTED: frozenset({TaskState.DRAFT}),
    TaskState.WITHDRAWN: frozenset({TaskState.DRAFT}),
    TaskState.SUBMITTED: frozenset(),
}

ACTIONS: dict[TaskState, tuple[TaskAction, ...]] = {
    TaskState.DRAFT: (TaskAction.SUBMIT, TaskAction.EDIT, TaskAction.DELETE),
    TaskState.QUEUED: (TaskAction.EDIT, TaskAction.WITHDRAW),
    TaskState.WITHDRAWN: (TaskAction.BACK_TO_DRAFT,),
    TaskState.REJECTED: (TaskAction.BACK_TO_DRAFT,),
    TaskState.SENDING: (),
    TaskState.UNKNOWN: (),
    TaskState.HELD: (),
    TaskState.GIVEN_UP: (),
    TaskState.SUBMITTED: (),
}

# Every status word JEDI is known to use (pandajedi JediTaskSpec, panda-docs), in the order of a task's life.
PANDA_STATUSES: tuple[str, ...] = (
    "registered", "defined", "assigning", "ready", "pending", "staging", "staged", "topreprocess",
    "preprocessing", "scouting", "scouted", "running", "throttled", "merging", "prepared", "passed",
    "finishing", "paused", "exhausted", "toretry", "toincexec", "rerefine", "toreassign", "reassigning",
    "toabort", "aborting", "tobroken", "done", "finished", "failed", "aborted", "broken",
)  # fmt: skip

# Final states can be left again (a retry, an extension): following goes on, only more slowly.
FINAL_STATUSES = frozenset({"done", "finished", "failed", "aborted", "broken"})
RUNNING_STATUSES = frozenset({"scouting", "scouted", "running", "throttled", "merging", "prepared", "passed"})

# States in which nothing moves until a person acts: their pages need no polling.
RESTING = FINAL_STATUSES | {TaskState.DRAFT, TaskState.WITHDRAWN, TaskState.REJECTED, TaskState.GIVEN_UP}


def shown_state(state: TaskState, panda_status: str | None) -> str:
    """Return the word a page shows: PanDA's status once there is one, else our own state."""
    if state is TaskState.SUBMITTED and panda_status:
        return panda_status
    return str(state)


def is_changing(shown: str) -> bool:
    """Say whether a task shown in this state may change without a person acting on it."""
    return shown not in RESTING


def may_move(old: TaskState, new: TaskState) -> bool:
    """Say whether a task may go from one of our states to another."""
    return new in TRANSITIONS[old]


def allows(state: TaskState, action: TaskAction) -> bool:
    """Say whether the state of a task allows an action (the role is another question)."""
    return action in ACTIONS[state]
