"""What the page of a task shows."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask import current_app, url_for
from flask_babel import gettext as _

from app.domain.chain import Readiness, readiness
from app.domain.permission import Right, Role, may
from app.domain.task_state import ACTIONS, TaskAction, TaskState, is_changing
from app.forms.comment import DecisionForm
from app.models import PandaCommand, Task, User
from app.services import commands, history
from app.services.approval import is_waiting
from app.services.call_list import calls_of_task
from app.services.chains import has_children
from app.services.followers import count_followers, is_following
from app.services.parameters import ParameterBuilder, readable
from app.services.queue import as_parent, parent_waited_for, twin_waited_for
from app.services.samples import family_of, may_be_extended
from app.services.tasks import may_act
from app.views.approval import approval_context, approval_rules
from app.views.chain_page import copy_url, next_step_url
from app.views.names import named
from app.views.task_history import SHOWN, shown_history
from app.views.task_orders import order_forms, order_lines, revision_of_orders
from app.views.twin import twin_context

CALLS_SHOWN = 20


@dataclass(frozen=True)
class Action:
    """A button: sentence says what will happen."""

    name: str
    label: str
    method: str
    url: str
    sentence: str
    is_primary: bool = False
    is_destructive: bool = False


def page_context(task: Task, user: User) -> dict[str, Any]:
    """Return all that the task's page needs."""
    frozen = history.frozen_payload(task.id)
    preview = ParameterBuilder(current_app.config).preview(task)
    may_see_calls = may(Role(user.role), Right.VIEW_CALLS)
    return {
        **status_context(task, user, commands.orders_of(task.id)),
        "payload_text": readable(frozen) if frozen else preview.text,
        "payload_is_frozen": frozen is not None,
        "payload_problems": [] if frozen else preview.problems,
        "calls": calls_of_task(task.id, CALLS_SHOWN) if may_see_calls else [],
        "follows": is_following(task.id, user),
        "followers": count_followers(task.id),
    }


def status_context(task: Task, user: User, orders: list[PandaCommand]) -> dict[str, Any]:
    """Return what the piece that follows the state needs; orders: those given on the task."""
    page = history.history_of(task.id, 1, SHOWN)
    is_asked = any(order.decided_at is None for order in orders)
    return {
        "task": named(task),
        "history": page,
        "entries": shown_history(page, user),
        "actions": actions_of(task, user),
        "can_label": may_act(user, task),
        "request_url": request_url(task.request),
        "decision_form": decision_form(task, user),
        "checked_at": checked_at(task),
        "orders": order_forms(task, user, orders),
        "orders_given": order_lines(orders, may_steer=may_act(user, task, Right.STEER_TASK)),
        **_chain_context(task, user),
        **twin_context(task, user),
        **approval_context(task, user),
        "copy_url": copy_url([task]) if may(Role(user.role), Right.CREATE_TASK) else None,
        "next_step_url": next_step_url(task) if may_act(user, task) else None,
        "can_extend": may(Role(user.role), Right.CREATE_TASK) and may_be_extended(task),
        "family": family_of(task),
        "is_changing": is_changing(task.shown_state) or is_asked,
        "revision": revision_of_task(task, orders),
    }


def _chain_context(task: Task, user: User) -> dict[str, Any]:
    """Return what the task waits for in its chain, and whether the person may let its children go on."""
    is_queued = task.state == TaskState.QUEUED.value
    parent = parent_waited_for(task) if is_queued else None
    reads_part = task.parent is not None and task.parent.part_accepted_at is not None
    is_partly_there = readiness(as_parent(task)) is Readiness.PARTIAL and has_children(task.id)
    return {
        "parent_waited_for": parent,
        "parent_readiness": readiness(as_parent(parent)).name if parent else None,
        "is_held_up": is_queued
        and bool(parent or twin_waited_for(task) or is_waiting(task, approval_rules())),
        # What was sent of it reads what there was then, whatever the parent makes since.
        "reads_part": reads_part and task.panda_id is not None,
        "can_accept_part": is_partly_there and may_act(user, task, Right.STEER_TASK),
    }


def request_url(request_id: str | None) -> str:
    """Return the page of a request in the tracker; "" where there is none."""
    return str(current_app.config["REQUEST_URL"].replace("{request}", quote(request_id or "", safe="")))


def decision_form(task: Task, user: User) -> DecisionForm | None:
    """Return the form of the decision on a task whose answer was lost, for those who may decide."""
    if task.state != TaskState.HELD.value or not may_act(user, task, Right.DECIDE_LOST_TASK):
        return None
    return DecisionForm(formdata=None, version=task.version)


def checked_at(task: Task) -> datetime | None:
    """Return when PanDA last told something of the task, be it what was known already."""
    return max((at for at in (task.confirmed_at, task.progress_at) if at), default=None)


def revision_of_task(task: Task, orders: list[PandaCommand]) -> str:
    """Return a short text that changes whenever something shown of the task changes."""
    jobs = (task.jobs_done, task.jobs_failed, task.jobs_total)
    times = (task.updated_at, checked_at(task))
    given = revision_of_orders(orders) + history.history_mark(task.id)
    twin = task.waits_for.shown_state if task.waits_for else None
    parent = (as_parent(task.parent), task.parent.state) if task.parent else None
    shown = (
        task.version,
        task.shown_state,
        jobs,
        task.error_dialog,
        task.current_priority,
        given,
        twin,
        parent,
        *times,
    )
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def actions_of(task: Task, user: User) -> list[Action]:
    """Return the buttons that the task's state and the person's role allow."""
    if not may_act(user, task):
        return []
    return [_button(action, task.id) for action in ACTIONS[TaskState(task.state)]]


def _button(action: TaskAction, task_id: int) -> Action:
    labels = {
        TaskAction.SUBMIT: (_("Submit task"), _("It is sent to PanDA within seconds.")),
        TaskAction.EDIT: (_("Change task"), _("Possible until it is sent.")),
        TaskAction.WITHDRAW: (_("Withdraw task"), _("It is taken out of the queue and not sent.")),
        TaskAction.BACK_TO_DRAFT: (_("Make it a draft"), _("You can then change and submit it again.")),
        TaskAction.DELETE: (_("Delete draft"), _("The draft is deleted for good; its name becomes free.")),
    }
    label, sentence = labels[action]
    endpoint = "edit_task.edit" if action is TaskAction.EDIT else f"tasks.{action.value.replace('-', '_')}"
    return Action(
        name=action.value,
        label=label,
        method="GET" if action is TaskAction.EDIT else "POST",
        url=url_for(endpoint, task_id=task_id),
        sentence=sentence,
        is_primary=action in {TaskAction.SUBMIT, TaskAction.BACK_TO_DRAFT},
        is_destructive=action is TaskAction.DELETE,
    )
