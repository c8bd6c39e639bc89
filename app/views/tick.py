"""One order on many tasks, ticked in the list: what will happen to which, and then how it went with each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.command_words import hindrance_words
from app.domain.command import ORDERS
from app.domain.permission import Right, Role, may
from app.domain.wish import Wish, check_wish
from app.identity import signed_in_user
from app.models import Task, User
from app.security import own_path
from app.services import commands, tasks
from app.services.commands import hindrance, open_orders_of
from app.services.problems import ChangedMeanwhile, Invalid, NotAllowed, NotFound, NotPossibleNow
from app.services.ticked import visible_tasks
from app.views.refused import version_in, words_of
from app.views.task_orders import OrderForm, kind_named, order_form, wish_typed

blueprint = Blueprint("tick", __name__)

# More are not taken at once: a page of the list is shorter.
MOST = 1000
# No order: a button of the bar that leads to another page. Our pages have no formaction, which would do it.
COMPARE = "compare"


@dataclass(frozen=True)
class Result:
    """How it went with one task."""

    task_id: int
    name: str
    is_done: bool
    words: str = ""


def tick_orders(user: User) -> list[OrderForm]:
    """Return the orders for the bar above the list; none for who may steer no task."""
    if not _may_steer(user):
        return []
    return [order_form(kind, url_for("tick.confirm"), Wish(kind)) for kind in ORDERS]


@blueprint.get("/tasks/command")
def confirm() -> str | Response:
    """Show what will happen to which of the ticked tasks, and which are left out and why."""
    user = _steering_user()
    if not request.args.get("kind"):
        return redirect(_way_back(), 303)
    if request.args["kind"] == COMPARE:
        # One more than can be compared, so that the page says so.
        return redirect(url_for("compare.show", task=request.args.getlist("task")[:3]), 303)
    wish = Wish(kind_named(request.args["kind"]))
    return _page(user, wish, _numbers(request.args.getlist("task")), [])


@blueprint.post("/tasks/command")
def carry_out() -> str | tuple[str, int]:
    """Give the order on each task by itself, and say how it went with each."""
    user = _steering_user()
    wish = wish_typed(kind_named(request.form.get("kind", "")))
    ticked = [text.partition(":") for text in request.form.getlist("task")]
    versions = {version_in(task_id): version_in(version) for task_id, _, version in ticked}
    if len(versions) > MOST:
        abort(413)
    rules = commands.wish_rules_from(current_app.config)
    if problems := check_wish(wish, rules):
        return _page(user, wish, list(versions), problems), 422
    results = [_give(user, task_id, version, wish) for task_id, version in versions.items()]
    order = order_form(wish.kind, url_for("tick.carry_out"), wish)
    return render_template(
        "tasks/ticked_done.html", order=order, results=list(filter(None, results)), back=_way_back()
    )


def _give(user: User, task_id: int, version: int, wish: Wish) -> Result | None:
    """Give the order on one task; None for one that the person does not see."""
    rules, now = commands.wish_rules_from(current_app.config), datetime.now(UTC)
    try:
        task = tasks.get_task(task_id, user)
    except NotFound:
        return None
    name = task.name
    try:
        commands.request_command(task_id, user, version, wish, rules, now)
    except (NotPossibleNow, ChangedMeanwhile, Invalid) as refusal:
        return Result(task_id, name, is_done=False, words=words_of(refusal))
    except NotAllowed:
        return Result(task_id, name, is_done=False, words=hindrance_words(commands.Hindrance.NOT_YOURS))
    return Result(task_id, name, is_done=True)


def _page(user: User, wish: Wish, task_ids: list[int], problems: Sequence[Any]) -> str:
    fitting, left_out = _sorted_out(user, wish, task_ids)
    order = order_form(wish.kind, url_for("tick.carry_out"), wish)
    return render_template(
        "tasks/ticked.html", order=order, fitting=fitting, left_out=left_out, problems=problems,
        back=_way_back(),
    )  # fmt: skip


def _way_back() -> str:
    """Return the list that the tasks were ticked in, with its filters, sort and page."""
    return own_path(request.values.get("back")) or url_for("tasks.index")


def _sorted_out(user: User, wish: Wish, task_ids: list[int]) -> tuple[list[Task], list[tuple[Task, str]]]:
    """Return the tasks on which the order can be given, and the others with why not."""
    found = visible_tasks(task_ids, user)
    open_orders = open_orders_of([task.id for task in found])
    whys = [(task, hindrance(user, task, wish.kind, open_orders.get(task.id))) for task in found]
    fitting = [task for task, why in whys if why is None]
    return fitting, [(task, hindrance_words(why)) for task, why in whys if why is not None]


def _numbers(texts: list[str]) -> list[int]:
    if len(texts) > MOST:
        abort(413)
    return list(dict.fromkeys(version_in(text) for text in texts))


def _steering_user() -> User:
    user = signed_in_user()
    if not _may_steer(user):
        raise NotAllowed(Right.STEER_TASK)
    return user


def _may_steer(user: User) -> bool:
    return may(Role(user.role), Right.STEER_TASK, is_owner=True)
