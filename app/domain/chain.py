"""When a task of a chain may be sent: what its parent has come to."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.task_state import TaskState

# All jobs succeeded; and an end at which only part of them did. Words of JEDI.
DONE, FINISHED = "done", "finished"
# From these nothing comes any more, unless a person does something about the parent.
DEAD = frozenset({"failed", "aborted", "broken", TaskState.REJECTED.value, TaskState.GIVEN_UP.value})
# The parent itself is not on its way.
NOT_ON_ITS_WAY = frozenset({TaskState.DRAFT.value, TaskState.WITHDRAWN.value})


class Readiness(StrEnum):
    """What a parent has come to, as its children see it."""

    COMPLETE = "complete"
    ACCEPTED = "accepted"  # part of it is there, and that was accepted
    PARTIAL = "partial"  # part of it is there: a person decides
    DEAD = "dead"
    NOT_ON_ITS_WAY = "not on its way"
    AT_WORK = "at work"


@dataclass(frozen=True)
class Parent:
    """What counts of a parent. shown_state: PanDA's word or ours; jobs as PanDA counts them."""

    shown_state: str
    jobs_done: int
    jobs_total: int | None
    is_part_accepted: bool


def readiness(parent: Parent) -> Readiness:
    """Say whether the children of a task may be sent, and if not, why."""
    state = parent.shown_state
    if state == DONE or (state == FINISHED and _is_whole(parent)):
        return Readiness.COMPLETE
    if state == FINISHED and parent.jobs_done:
        return Readiness.ACCEPTED if parent.is_part_accepted else Readiness.PARTIAL
    if state == FINISHED or state in DEAD:
        return Readiness.DEAD
    return Readiness.NOT_ON_ITS_WAY if state in NOT_ON_ITS_WAY else Readiness.AT_WORK


def releases(parent: Parent) -> bool:
    """Say whether the children of a task may be sent."""
    return readiness(parent) in {Readiness.COMPLETE, Readiness.ACCEPTED}


def is_named_to_panda(shown_state: str) -> bool:
    """Say whether a child is sent with its parent's id (parent_tid).

    While the parent is not `done` JEDI would end the child `finished`, even with every job good, and so every
    later step.
    """
    return shown_state == DONE


def _is_whole(parent: Parent) -> bool:
    """A child of a parent that is only `finished` is never `done` at JEDI, whatever its jobs say."""
    return parent.jobs_total is not None and 0 < parent.jobs_total <= parent.jobs_done
