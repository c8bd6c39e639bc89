"""What there is of a sample already, and the tasks that extend one another."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select

from app.domain.chain import DEAD, NOT_ON_ITS_WAY
from app.domain.problem import Level, Problem
from app.domain.sample import is_same_collision, sample_of
from app.domain.task_state import TaskState
from app.extensions import db
from app.models import Task
from app.services.rules import TaskRules

# Samples are looked up so many at a time.
AT_ONCE = 500
# Of tasks in these states there is nothing, nor will be.
NOTHING_THERE = DEAD | NOT_ON_ITS_WAY


@dataclass(frozen=True)
class Found:
    """What there is of a sample: the first of its tasks, how many there are, and their events together."""

    task_id: int
    shown_state: str
    tasks: int
    events: int

    def problem(self) -> Problem:
        """Ask whether the sample is wanted once more."""
        values = {"id": self.task_id, "state": self.shown_state, "tasks": self.tasks, "events": self.events}
        return Problem("name", "sample_exists", values, Level.WARNING)


def find_samples(samples: Collection[str], collision: str | None) -> dict[str, Found]:
    """Map samples to what there is, or will be, of them; drafts and what came to nothing do not count.

    Two statements along an index for each AT_ONCE samples.
    """
    wanted = sorted({sample for sample in samples if sample})
    found: dict[str, Found] = {}
    for start in range(0, len(wanted), AT_ONCE):
        found |= _find_some(wanted[start : start + AT_ONCE], collision)
    return found


def find_of_many(wanted: Iterable[tuple[str, str | None]]) -> dict[tuple[str, str | None], Found]:
    """As find_samples, for tasks of several collision systems: (sample, collision) → what there is of it."""
    by_collision: dict[str | None, set[str]] = {}
    for sample, collision in wanted:
        by_collision.setdefault(collision or None, set()).add(sample)
    return {
        (sample, collision): found
        for collision, samples in by_collision.items()
        for sample, found in find_samples(samples, collision).items()
    }


def _find_some(samples: list[str], collision: str | None) -> dict[str, Found]:
    alike = [or_(Task.collision.is_(None), Task.collision == collision)] if collision else []
    sums = select(Task.sample, func.min(Task.id), func.count(), func.sum(Task.events))
    sums = sums.where(Task.sample.in_(samples), _is_something(), *alike).group_by(Task.sample)
    rows = db.session.execute(sums).all()
    first = select(Task.id, Task.shown_state).where(Task.id.in_([row[1] for row in rows]))
    states = {row.id: row.shown_state for row in db.session.execute(first)} if rows else {}
    return {
        str(sample): Found(task_id, states[task_id], number, int(events))
        for sample, task_id, number, events in rows
        if task_id in states
    }


def _is_something() -> ColumnElement[bool]:
    return and_(Task.shown_state.not_in(sorted(NOTHING_THERE)), Task.is_twin.is_(False))


def sample_problems(
    fields: Mapping[str, str], collision: str | None, rules: TaskRules, own: Task | None
) -> list[Problem]:
    """Return what is to be asked of a good name because of what there is already. own: the task changed."""
    sample = sample_of(rules.convention, fields)
    if own is not None and (own.is_twin or own.waits_for_id) and own.sample != sample:
        return [Problem("name", "tested_differently")]
    if own is not None and own.is_twin:
        return []
    if own is not None and own.extends is not None:
        return extension_problems(sample, collision, own.extends)
    if own is not None and own.sample == sample:
        return []  # it was asked when the task was made
    found = find_samples([sample], collision).get(sample)
    return [found.problem()] if found else []


def extension_problems(sample: str, collision: str | None, first: Task) -> list[Problem]:
    """Return what stands against a task of this sample as an extension of another one."""
    is_same = first.sample == sample and is_same_collision(first.collision, collision)
    return [] if is_same else [Problem("name", "not_the_sample", {"id": first.id})]


def may_be_extended(first: Task) -> bool:
    """Say whether a task can be made larger by another: its size is settled, and it comes to something."""
    return first.state == TaskState.SUBMITTED.value and first.shown_state not in NOTHING_THERE


@dataclass(frozen=True)
class Family:
    """A task and what extends it, oldest first. events: of all of which there is, or will be, something."""

    first: Task
    extensions: list[Task]
    events: int

    @property
    def members(self) -> list[Task]:
        """All of them, oldest first."""
        return [self.first, *self.extensions]


def family_of(task: Task) -> Family | None:
    """Return what a task belongs to; None when it extends nothing and nothing extends it."""
    first_id = task.extends_id or task.id
    extending = select(Task).where(Task.extends_id == first_id).order_by(Task.id)
    extensions = [each for each in db.session.scalars(extending) if each.state != TaskState.DRAFT.value]
    if not extensions and task.extends_id is None:
        return None
    first = db.session.get_one(Task, first_id)
    there = [each for each in (first, *extensions) if each.shown_state not in NOTHING_THERE]
    return Family(first, extensions, sum(each.events for each in there))
