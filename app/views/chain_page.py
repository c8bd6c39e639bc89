"""What the list of chains and the page of a chain show."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from app.domain.bulk import ORDER_OF
from app.domain.chain import Readiness, readiness
from app.domain.permission import Right, Role, may
from app.domain.task_state import TaskAction, TaskState, allows
from app.domain.twin import lets_go
from app.forms.plan import BETWEEN_STEPS, ways_on
from app.models import Task, User
from app.services.chain_list import Chain
from app.services.chains import types_of_children
from app.services.paging import Page
from app.services.queue import as_parent
from app.services.tasks import is_visible, may_act
from app.services.twins import trial_of
from app.views.bulk_page import tick_kinds
from app.views.names import NamedTask, fields_of, named
from app.views.urls import list_url_for, url_with

# What a copy does not take over: the data type differs from step to step, and a version is free only once.
_NOT_COPIED = ("data_type", "version")


@dataclass(frozen=True)
class ShownStep:
    """A task of a chain. waits_for: Readiness of the parent that it waits for, by name.

    trial: what keeps its test from being passed, by name, while it waits for it; branch_of: its parent, where
    that is not the step shown before it; twin, branch_of, extends: as far as the person may see them.
    """

    task: NamedTask
    waits_for: str | None
    trial: str | None
    twin: Task | None
    extends: Task | None
    branch_of: Task | None

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self.task, attribute)


@dataclass(frozen=True)
class ChainAction:
    """A button for the whole chain; number: of the tasks it acts on."""

    name: str
    label: str
    sentence: str
    number: int
    is_destructive: bool = False


def list_context(page: Page[Task], chains: Sequence[Chain]) -> dict[str, Any]:
    """Return what the list of chains needs."""
    shown = [revision_of_chain(chain) for chain in chains]
    return {
        "page": page,
        "chains": [(chain, named(chain.first)) for chain in chains],
        "list_url": list_url_for("chains.index", {"page": page.number if page.number > 1 else None}),
        "revision": _short(shown, page.number, page.total),
        "is_changing": any(chain.is_changing for chain in chains),
    }


def chain_context(chain: Chain, user: User) -> dict[str, Any]:
    """Return what the page of a chain needs."""
    tasks = chain.tasks
    return {
        "chain": chain,
        "steps": [_step(task, above, user) for task, above in zip(tasks, [None, *tasks], strict=False)],
        "first": named(chain.first),
        "actions": _actions(chain, user),
        "orders": _orders(chain, user),
        "copy_url": copy_url(tasks) if may(Role(user.role), Right.CREATE_TASK) else None,
        "revision": revision_of_page(chain),
    }


def revision_of_page(chain: Chain) -> str:
    """Return a short text that changes whenever something shown on the page of the chain changes."""
    tests = [(task.waits_for_id, task.waits_for.shown_state) for task in chain.tasks if task.waits_for]
    return _short(revision_of_chain(chain), tests)


def revision_of_chain(chain: Chain) -> str:
    """Return a short text that changes whenever something of the tasks of the chain changes."""
    return _short(
        [
            (task.id, task.version, task.shown_state, task.updated_at, task.jobs_done, task.jobs_failed)
            for task in chain.tasks
        ]
    )


def copy_url(tasks: Sequence[Task]) -> str:
    """Return the address of the plan that would make the same once more, with the next free version.

    What read the output of a task reads it again.
    """
    after = {"after": parent_id} if (parent_id := tasks[0].parent_id) else {}
    return _plan_url(tasks, {"events": tasks[0].events, "from": tasks[0].id, **after})


def next_step_url(task: Task) -> str | None:
    """Return the address of the plan of what reads the output of a task, or None where nothing does.

    It has the version of the task; where that is taken, the planner looks for one that is free.
    """
    ways = ways_on(task.recipe, current_app.config["RECIPE_BOOK"])
    if not ways or task.is_twin or readiness(as_parent(task)) is Readiness.DEAD:
        return None
    left_out = _NOT_COPIED if ways[0][0] in types_of_children(task.id) else ("data_type",)
    fields = {name: value for name, value in fields_of(task).items() if name not in left_out}
    more = {"steps": BETWEEN_STEPS.join(ways[0]), "collision": task.collision, "events": task.events}
    return url_with("plan.show", {**fields, **more, "after": task.id})


def extend_url(tasks: Sequence[Task]) -> str:
    """Return the address of the plan that would make the sample of a task, or of a chain, larger."""
    return _plan_url(tasks, {"extend": tasks[0].id})


def _plan_url(tasks: Sequence[Task], more: dict[str, int]) -> str:
    first = tasks[0]
    fields = {name: value for name, value in fields_of(first).items() if name not in _NOT_COPIED}
    steps = BETWEEN_STEPS.join(task.recipe for task in _main_line(tasks))
    return url_with("plan.show", {**fields, "steps": steps, "collision": first.collision, **more})


def _main_line(tasks: Sequence[Task]) -> list[Task]:
    """Return the first task and, each time, what was first to follow it: without later branches."""
    line = [tasks[0]]
    for task in tasks[1:]:
        if task.parent_id == line[-1].id:
            line.append(task)
    return line


def _step(task: Task, above: Task | None, user: User) -> ShownStep:
    is_queued = task.state == TaskState.QUEUED.value
    found = readiness(as_parent(task.parent)) if is_queued and task.parent else None
    waits_for = found.name if found and found not in {Readiness.COMPLETE, Readiness.ACCEPTED} else None
    test = trial_of(task) if is_queued else None
    return ShownStep(
        named(task, task.parent),
        waits_for,
        test.name if test and not lets_go(test) else None,
        _visible(task.waits_for, user),
        _visible(task.extends, user),
        None if task.parent is above else _visible(task.parent, user),
    )


def _visible(task: Task | None, user: User) -> Task | None:
    """Return a task if the person may see it: drafts are not everybody's."""
    return task if task and is_visible(user, task) else None


def _actions(chain: Chain, user: User) -> list[ChainAction]:
    words = {
        TaskAction.SUBMIT: (
            _("Submit all drafts"),
            _("The first is sent within seconds, each later one when the one before is done."),
        ),
        TaskAction.WITHDRAW: (
            _("Withdraw all that is not sent"),
            _("They are taken out of the queue; what PanDA has goes on."),
        ),
        TaskAction.DELETE: (
            _("Delete all drafts"),
            _("The drafts are deleted for good; their names become free."),
        ),
    }
    found = []
    for action, (label, sentence) in words.items():
        fitting = [task for task in chain.tasks if allows(TaskState(task.state), action)]
        if fitting and all(may_act(user, task) for task in fitting):
            is_destructive = action is TaskAction.DELETE
            found.append(ChainAction(action.value, label, sentence, len(fitting), is_destructive))
    return found


def _orders(chain: Chain, user: User) -> list[tuple[str, str, bool]]:
    """Return the orders that can be asked for on what PanDA has; the page that follows says on which."""
    at_panda = [task for task in chain.tasks if task.state == TaskState.SUBMITTED.value]
    is_steered = any(may_act(user, task, Right.STEER_TASK) for task in at_panda)
    return tick_kinds(user, ORDER_OF) if is_steered else []


def _short(*shown: object) -> str:
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]
