"""Which tasks of a bulk action are left out, and why: told before anything is done."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload

from app.domain.bulk import ACTION_OF, ORDER_OF, BulkKind, Why
from app.domain.bulk_edit import Edit
from app.domain.sample import sample_of
from app.domain.task_state import TaskAction, TaskState, allows
from app.domain.wish import WishRules
from app.extensions import db
from app.models import BulkItem, Task, User
from app.services.bulk_edit import Edited, edited, name_problems, new_name
from app.services.bulk_verdict import Verdict, verdict_of_hindrance
from app.services.commands import hindrance, open_orders_of, wish_rules_from
from app.services.drafts import find_by_names, taken_by
from app.services.lineage import problems_in_chain, relatives_of
from app.services.parameters import ParameterBuilder
from app.services.rules import TaskRules, rules_from
from app.services.samples import find_of_many, sample_problems
from app.services.tasks import is_visible, may_act

# Tasks are looked up so many at a time.
AT_ONCE = 500
# What counts of a task here is more than its state.
_JUDGED_WHOLE = frozenset({BulkKind.EDIT, BulkKind.SUBMIT})


@dataclass(frozen=True)
class BulkRules:
    """What actions on many tasks are judged and carried out by."""

    tasks: TaskRules
    wishes: WishRules
    builder: ParameterBuilder


def bulk_rules_from(config: Mapping[str, Any]) -> BulkRules:
    """Read the rules from the settings."""
    return BulkRules(rules_from(config), wish_rules_from(config), ParameterBuilder(config))


@dataclass(frozen=True)
class Judged:
    """A task of an action. verdict: why it is left out; new_name: where a change gives it another."""

    item: BulkItem
    task: Task | None
    verdict: Verdict | None
    new_name: str | None = None


def judge(
    items: Sequence[BulkItem], user: User, kind: BulkKind, edit: Edit, rules: BulkRules, now: datetime
) -> list[Judged]:
    """Say of each task whether it would be left out. Stores nothing."""
    tasks = load_tasks([item.task_id for item in items], whole=kind in _JUDGED_WHOLE)
    seen = {item.task_id: _visible(tasks.get(item.task_id), user) for item in items}
    verdicts: dict[int, Verdict] = {}
    for item in items:
        task = seen[item.task_id]
        if task is None:
            verdicts[item.task_id] = Verdict(Why.GONE)
        elif task.version != item.task_version:
            verdicts[item.task_id] = Verdict(Why.CHANGED)
    left = [task for task in seen.values() if task is not None and task.id not in verdicts]
    names: dict[int, str] = {}
    if kind in ORDER_OF:
        verdicts |= _of_orders(left, user, kind)
    elif kind in ACTION_OF:
        verdicts |= _of_actions(left, user, ACTION_OF[kind], rules.builder)
        if kind is BulkKind.DELETE:
            verdicts |= _of_changed_tests(left, verdicts)
    else:
        found, names = _of_edit(left, user, edit, rules.tasks, now)
        verdicts |= found
    return [
        Judged(item, seen[item.task_id], verdicts.get(item.task_id), names.get(item.task_id))
        for item in items
    ]


def load_tasks(task_ids: Sequence[int], *, whole: bool = False) -> dict[int, Task]:
    """Return the tasks by their ids; whole: with the fields of their names, labels and parents."""
    loading = (selectinload(Task.fields), selectinload(Task.tags), joinedload(Task.parent)) if whole else ()
    found: dict[int, Task] = {}
    for start in range(0, len(task_ids), AT_ONCE):
        some = select(Task).where(Task.id.in_(task_ids[start : start + AT_ONCE])).options(*loading)
        found |= {task.id: task for task in db.session.scalars(some)}
    return found


def _visible(task: Task | None, user: User) -> Task | None:
    return task if task is not None and is_visible(user, task) else None


def _of_orders(tasks: Sequence[Task], user: User, kind: BulkKind) -> dict[int, Verdict]:
    open_orders = open_orders_of([task.id for task in tasks])
    whys = ((task, hindrance(user, task, ORDER_OF[kind], open_orders.get(task.id))) for task in tasks)
    return {task.id: verdict_of_hindrance(why, task.shown_state) for task, why in whys if why}


def _of_actions(
    tasks: Sequence[Task], user: User, action: TaskAction, builder: ParameterBuilder
) -> dict[int, Verdict]:
    going = {task.id for task in tasks}
    stands_under = _with_children_beside(going) if action is TaskAction.DELETE else set()
    found: dict[int, Verdict] = {}
    for task in tasks:
        if not may_act(user, task):
            found[task.id] = Verdict(Why.NOT_YOURS)
        elif not allows(TaskState(task.state), action):
            found[task.id] = Verdict(Why.NOT_IN_STATE, task.shown_state)
        elif task.id in stands_under:
            found[task.id] = Verdict(Why.HAS_CHILDREN)
        elif action is TaskAction.SUBMIT and (problems := builder.preview(task).problems):
            found[task.id] = Verdict(Why.PROBLEMS, problems=problems)
    return found


def _of_changed_tests(tasks: Sequence[Task], verdicts: Mapping[int, Verdict]) -> dict[int, Verdict]:
    """Return the tasks that would take a test with them which was chosen too, and changed since."""
    changed = {task_id for task_id, verdict in verdicts.items() if verdict.why is Why.CHANGED}
    return {
        task.id: Verdict(Why.TEST_CHANGED)
        for task in tasks
        if task.waits_for_id in changed and task.id not in verdicts
    }


def _with_children_beside(going: set[int]) -> set[int]:
    """Return those of the tasks on which tasks stand that do not go with them."""
    stands_on = (Task.parent_id, Task.chain_id, Task.waits_for_id, Task.extends_id)
    below = or_(*(column.in_(going) for column in stands_on))
    rows = db.session.execute(select(Task.id, *stands_on).where(below))
    staying = [tuple(row) for row in rows if row.id not in going]
    return {each for _id, *above in staying for each in above if each is not None}


def _of_edit(
    tasks: Iterable[Task], user: User, edit: Edit, rules: TaskRules, now: datetime
) -> tuple[dict[int, Verdict], dict[int, str]]:
    """Return what is left out, and the names that the others get where they change."""
    results: dict[int, tuple[Task, Edited]] = {}
    found: dict[int, Verdict] = {}
    for task in tasks:
        if not may_act(user, task):
            found[task.id] = Verdict(Why.NOT_YOURS)
        elif edit.of_sent and not allows(TaskState(task.state), TaskAction.EDIT):
            found[task.id] = Verdict(Why.NOT_IN_STATE, task.shown_state)
        else:
            results[task.id] = task, edited(task, edit, rules, now)
    return found, _judge_names(results, edit, rules, found)


def _judge_names(
    results: Mapping[int, tuple[Task, Edited]], edit: Edit, rules: TaskRules, found: dict[int, Verdict]
) -> dict[int, str]:
    """Add to found what cannot have its values; return the new names of the others."""
    _judge_bound(results, rules, found)
    _judge_chains(results, edit, rules, found)
    _judge_samples(results, edit, rules, found)
    names = {task_id: new_name(result, task, rules) for task_id, (task, result) in results.items()}
    others = find_by_names(names.values())
    given_away: set[str] = set()
    for task_id, (task, result) in results.items():
        name = names[task_id]
        problems = [*result.problems, *name_problems(name, task, others)]
        problems += [taken_by(None)] if name in given_away else []
        if problems:
            found[task_id] = Verdict(Why.PROBLEMS, problems=problems)
        elif task_id in found:
            continue
        elif result.changes_nothing:
            found[task_id] = Verdict(Why.NOTHING_NEW)
        else:
            given_away.add(name)
    kept = {task_id: name for task_id, name in names.items() if task_id not in found}
    return {task_id: name for task_id, name in kept.items() if name != results[task_id][0].name}


def _judge_samples(
    results: Mapping[int, tuple[Task, Edited]], edit: Edit, rules: TaskRules, found: dict[int, Verdict]
) -> None:
    """Add to found what becomes a task of a sample that exists, unless that is meant so."""
    if edit.takes_warnings:
        return
    moved: dict[int, tuple[str, str | None]] = {}
    for task_id, (task, result) in results.items():
        if result.given and not result.problems and not _is_bound(task):
            sample = sample_of(rules.convention, result.given.fields)
            if sample != task.sample:
                moved[task_id] = sample, result.given.collision or None
    there = find_of_many(moved.values())
    for task_id, sample_and_collision in moved.items():
        if sample_and_collision in there:
            problem = there[sample_and_collision].problem()
            found[task_id] = Verdict(Why.PROBLEMS, problems=[problem])


def _judge_bound(
    results: Mapping[int, tuple[Task, Edited]], rules: TaskRules, found: dict[int, Verdict]
) -> None:
    """Add to found what would leave the sample that it belongs to."""
    for task_id, (task, result) in results.items():
        given = result.given
        if given is None or result.problems or not _is_bound(task):
            continue
        if problems := sample_problems(given.fields, given.collision, rules, task):
            found[task_id] = Verdict(Why.PROBLEMS, problems=problems)


def _judge_chains(
    results: Mapping[int, tuple[Task, Edited]], edit: Edit, rules: TaskRules, found: dict[int, Verdict]
) -> None:
    """Add to found what would no longer fit those of its chain that do not change with it."""
    changed = {
        task_id: (task, result.given.fields)
        for task_id, (task, result) in results.items()
        if result.given and not result.problems
    }
    relatives = relatives_of([task for task, _fields in changed.values()], apart=changed)
    for task_id, (task, fields) in changed.items():
        saved = {each.field: each.value for each in task.fields}
        known = problems_in_chain(saved, task, relatives[task_id], rules)
        new = [
            each
            for each in problems_in_chain(fields, task, relatives[task_id], rules)
            if each not in known and (each.is_error or not edit.takes_warnings)
        ]
        if new:
            found[task_id] = Verdict(Why.PROBLEMS, problems=new)


def _is_bound(task: Task) -> bool:
    """Say whether a task must stay of its sample: as a test, with a test, or as an extension."""
    return task.is_twin or task.waits_for_id is not None or task.extends_id is not None
