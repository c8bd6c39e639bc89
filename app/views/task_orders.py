"""Orders as the page of a task shows them: buttons with their forms, and what became of those given."""

from dataclasses import dataclass
from datetime import datetime

from flask import request, url_for
from flask_babel import ngettext

from app.command_words import ORDER_WORDS, order_icon, order_name, order_state
from app.domain.command import ORDERS, needs_comment
from app.domain.plain_text import without_control_characters
from app.domain.task_state import CommandKind, CommandState
from app.domain.wish import Wish
from app.models import PandaCommand, Task, User
from app.services.chains import count_children
from app.services.commands import hindrance
from app.services.problems import NotFound


@dataclass(frozen=True)
class OrderForm:
    """A button with what it asks for; typed: what stood in its fields."""

    kind: CommandKind
    label: str
    sentence: str
    url: str
    needs_comment: bool
    typed: Wish

    @property
    def is_destructive(self) -> bool:
        """A kill cannot be undone."""
        return self.kind is CommandKind.KILL


@dataclass(frozen=True)
class OrderLine:
    """An order that was given."""

    id: int
    name: str
    state: str
    icon: str
    who: str
    at: datetime
    decided_at: datetime | None
    comment: str | None
    reason: str | None
    can_be_taken_back: bool


def order_forms(task: Task, user: User, orders: list[PandaCommand]) -> list[OrderForm]:
    """Return the orders that the person may give on a task now."""
    open_order = next((order for order in orders if order.decided_at is None), None)
    possible = [kind for kind in ORDERS if hindrance(user, task, kind, open_order) is None]
    waiting, sent = count_children(task.id) if possible and task.chain_id is not None else (0, 0)
    return [
        order_form(
            kind,
            url_for("commands.ask", task_id=task.id, kind=kind.value),
            Wish(kind),
            _about_children(kind, waiting, sent),
        )
        for kind in possible
    ]


def order_form(kind: CommandKind, url: str, typed: Wish, more: str = "") -> OrderForm:
    """Return the form of an order. more: what is to be known of it beside what it does."""
    words = ORDER_WORDS[kind]
    sentence = f"{words.sentence} {more}".strip()
    return OrderForm(kind, str(words.label), sentence, url, needs_comment(kind), typed)


def _about_children(kind: CommandKind, waiting: int, sent: int) -> str:
    """Say what an order on a task of a chain means for those that read what it makes."""
    if kind is CommandKind.RETRY and sent:
        return str(
            ngettext(
                "%(num)s task that reads it was sent already: it gets nothing of what the retry adds.",
                "%(num)s tasks that read it were sent already: they get nothing of what the retry adds.",
                sent,
            )
        )
    if kind is CommandKind.KILL and waiting:
        return str(
            ngettext(
                "%(num)s task of its chain waits for it and will be held.",
                "%(num)s tasks of its chain wait for it and will be held.",
                waiting,
            )
        )
    return ""


def order_lines(orders: list[PandaCommand], *, may_steer: bool) -> list[OrderLine]:
    """Return the orders given on a task, latest first."""
    return [
        OrderLine(
            id=order.id,
            name=order_name(order),
            state=order_state(order),
            icon=order_icon(order),
            who=order.requested_by.full_name,
            at=order.created_at,
            decided_at=order.decided_at,
            comment=order.comment,
            reason=order.waits_for,
            can_be_taken_back=may_steer and order.state == CommandState.READY.value and not order.asks,
        )
        for order in orders
    ]


def revision_of_orders(orders: list[PandaCommand]) -> tuple[object, ...]:
    """Return what changes whenever something shown of the orders changes."""
    return tuple((order.id, order.state, order.asks, order.waits_for) for order in orders)


def kind_named(name: str) -> CommandKind:
    """Return the order of this name. Raise NotFound for any other."""
    kind = next((kind for kind in ORDERS if kind.value == name), None)
    if kind is None:
        raise NotFound
    return kind


def wish_typed(kind: CommandKind) -> Wish:
    """Read what was typed into the form of an order."""
    lines = request.form.get("comment", "").splitlines()
    comment = "\n".join(without_control_characters(line) for line in lines)
    argument = request.form.get("argument")
    return Wish(kind, None if argument is None else without_control_characters(argument), comment)
