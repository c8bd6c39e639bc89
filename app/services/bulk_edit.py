"""The fields of one task of many are changed: only those that were chosen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.domain.bulk_edit import COLLISION, COUNTS, Edit
from app.domain.estimate import check_size, read_count
from app.domain.labels import Labels, check_labels
from app.domain.naming import NotAName, build, check, normalise
from app.domain.permission import Right
from app.domain.problem import Problem
from app.domain.task_state import TaskState
from app.extensions import write_unit
from app.models import Task, User
from app.services.drafts import taken_by
from app.services.labels import change_labels, labels_of
from app.services.lineage import WARNINGS
from app.services.parameters import ParameterBuilder
from app.services.problems import ChangedMeanwhile, Invalid, NotAllowed, Refusal
from app.services.rules import TaskRules
from app.services.task_input import TaskInput
from app.services.tasks import change_task, get_task, may_act, refusing, warning_key


class NothingNew(Refusal):
    """The task has these values already."""


@dataclass(frozen=True)
class Edited:
    """What a task becomes. given: None where nothing changes that PanDA gets; labels: where they stay."""

    given: TaskInput | None
    labels: Labels | None
    problems: list[Problem]

    @property
    def changes_nothing(self) -> bool:
        """Say whether the task has all these values already."""
        return self.given is None and self.labels is None and not self.problems


def edited(task: Task, edit: Edit, rules: TaskRules, now: datetime) -> Edited:
    """Return what a change makes of a task, with what is wrong or odd and not meant so. Stores nothing."""
    fields = {each.field: each.value for each in task.fields}
    new_fields = normalise(rules.convention, fields | _among(edit, rules.convention.field_names))
    counts = {name: read_count(name, edit.values.get(name, str(getattr(task, name)))) for name in COUNTS}
    wrong = [count for count in counts.values() if isinstance(count, Problem)]
    events, jobs = (count if isinstance(count, int) else 0 for count in counts.values())
    collision = edit.values.get(COLLISION, task.collision or "") or None
    is_same = (new_fields, collision, events, jobs) == (fields, task.collision, task.events, task.jobs)
    given = None if is_same or not edit.of_sent else TaskInput(new_fields, collision, events, jobs)
    kept = labels_of(task)
    labels = edit.labels_for(kept)
    problems = wrong or (_of_given(task, given, edit, rules, now) if given else [])
    if labels != kept:
        problems = problems + check_labels(labels, rules.labels, kept)
    return Edited(given, labels if labels != kept else None, problems)


def _among(edit: Edit, names: tuple[str, ...]) -> dict[str, str]:
    return {name: value for name, value in edit.values.items() if name in names}


def _of_given(task: Task, given: TaskInput, edit: Edit, rules: TaskRules, now: datetime) -> list[Problem]:
    found = _judged(given.fields, given.collision, given.events, given.jobs, rules, now)
    return refusing(found, _meant(task, found, edit, rules, now))


def _judged(
    fields: Mapping[str, str], collision: str | None, events: int, jobs: int, rules: TaskRules, now: datetime
) -> list[Problem]:
    found = check(rules.convention, fields, rules.context(collision, now))
    return found + check_size(events, jobs, rules.limits_of(fields))


def _meant(task: Task, found: list[Problem], edit: Edit, rules: TaskRules, now: datetime) -> frozenset[str]:
    """Return the warnings that are meant so: those the task was saved with, or all."""
    if edit.takes_warnings or all(each.is_error for each in found):
        return frozenset(warning_key(each) for each in found if not each.is_error)
    fields = {each.field: each.value for each in task.fields}
    saved = _judged(fields, task.collision, task.events, task.jobs, rules, now)
    return frozenset(warning_key(each) for each in saved if not each.is_error)


def new_name(edited: Edited, task: Task, rules: TaskRules) -> str:
    """Return the name that the task gets; its own where it stays, or where there can be none."""
    if edited.given is None:
        return task.name
    try:
        return build(rules.convention, edited.given.fields)
    except NotAName:
        return task.name


def name_problems(name: str, task: Task, others: Mapping[str, Task]) -> list[Problem]:
    """Return the problem that another task has the name, if one has."""
    other = others.get(name)
    return [taken_by(other)] if other is not None and other.id != task.id else []


def edit_task(
    task_id: int, user: User, version: int, edit: Edit, rules: TaskRules, builder: ParameterBuilder,
    now: datetime,
) -> None:  # fmt: skip
    """Change the chosen fields of a task, all or none. Commits.

    Raise NothingNew, NotAllowed, ChangedMeanwhile, and whatever change_task and change_labels do.
    """
    with write_unit():
        task = get_task(task_id, user)
        if not may_act(user, task):
            raise NotAllowed(Right.CHANGE_TASK)
        if task.version != version:
            raise ChangedMeanwhile(task)
        wanted = edited(task, edit, rules, now)
        if wanted.changes_nothing:
            raise NothingNew
        if wanted.problems:
            raise Invalid(wanted.problems)
        if wanted.given:
            task = _change(task, user, version, wanted.given, edit, rules, now)
            # What is queued must be fit to be sent.
            found = builder.preview(task).problems if task.state == TaskState.QUEUED.value else []
            if found:
                raise Invalid(found)
        if wanted.labels is not None:
            change_labels(task_id, user, labels_of(task), wanted.labels, rules.labels, now)


def _change(
    task: Task, user: User, version: int, given: TaskInput, edit: Edit, rules: TaskRules, now: datetime
) -> Task:
    found = _judged(given.fields, given.collision, given.events, given.jobs, rules, now)
    # How it agrees with the others of its chain was asked of the action as a whole: they may change with it.
    meant = _meant(task, found, edit, rules, now) | WARNINGS
    task_id = task.id
    sure = TaskInput(given.fields, given.collision, given.events, given.jobs, meant)
    try:
        return change_task(task_id, user, version, sure, rules, now)
    except Invalid as refusal:
        if not edit.takes_warnings or any(each.is_error for each in refusal.problems):
            raise
        more = meant | {warning_key(each) for each in refusal.problems}
    sure = TaskInput(given.fields, given.collision, given.events, given.jobs, more)
    return change_task(task_id, user, version, sure, rules, now)
