"""What the client makes of PanDA's answers to orders: taken only if it says so word by word."""

import json
from collections.abc import Callable

import pytest

from app.panda import orders
from app.panda.errors import (
    AccessRefused,
    NotInThisState,
    OutcomeUnknown,
    PandaUnavailable,
    TaskNotFound,
)
from app.panda.orders import Order
from tests.panda.scripted import answering, http, reply

REGISTERED = "command={} is registered for task ID 7. will be executed in a few minutes"
SLOTTED = [orders.kill(), orders.finish(soft=True), orders.retry(), orders.pause(), orders.resume()]
ALL = [*SLOTTED, orders.finish(soft=False), orders.change_priority(900)]


def taken(order: Order) -> bytes:
    if order.name == "change_priority":
        return reply(None, message="1 tasks changed")
    return reply(0, message=REGISTERED.format(order.name))


@pytest.fixture
def ask(serve: Callable, client_of: Callable) -> Callable[[Order, bytes], None]:
    """ask(order, answer): have the client ask a server that gives this answer for task 7."""
    return lambda order, answer: client_of(serve(answering(answer)).url).order(order, 7)


@pytest.mark.parametrize("order", ALL, ids=repr)
def test_an_order_that_is_registered_returns(ask: Callable, order: Order) -> None:
    assert ask(order, taken(order)) is None


def test_what_is_sent_names_the_task_by_a_number(serve: Callable, client_of: Callable) -> None:
    sent = {}
    for order in ALL:
        server = serve(answering(taken(order)))
        client_of(server.url).order(order, 7)
        head, _, body = server.wait().received[0].partition(b"\r\n\r\n")
        sent.setdefault(head.split(b" ")[1].decode().removeprefix("/api/v1/task/"), []).append(
            json.loads(body)
        )

    assert sent == {
        "kill": [{"task_id": 7}],
        "finish": [{"task_id": 7, "soft": True}, {"task_id": 7, "soft": False}],
        "retry": [{"task_id": 7}],
        "pause": [{"task_id": 7}],
        "resume": [{"task_id": 7}],
        "change_priority": [{"task_id": 7, "priority": 900}],
    }


@pytest.mark.parametrize("order", SLOTTED, ids=repr)
def test_the_words_of_older_servers_count_too(ask: Callable, order: Order) -> None:
    ask(order, reply(0, message=f"command={order.name} is registered. will be executed in a few minutes"))


def no(order: Order, code: object, message: str) -> bytes:
    """A refusal, in the envelope that PanDA has for this order."""
    return reply(code, success=order.name == "retry", message=message)


@pytest.mark.parametrize("order", SLOTTED, ids=repr)
def test_a_clear_no_is_told_from_a_task_that_is_not_there(ask: Callable, order: Order) -> None:
    with pytest.raises(TaskNotFound):
        ask(order, no(order, 2, "jediTaskID=7 not found"))
    with pytest.raises(NotInThisState) as refusal:
        ask(order, no(order, 4, f"Command rejected: the {order.name} command is not accepted if …"))
    assert "Command rejected" in str(refusal.value)


def test_a_changed_priority_of_an_unknown_task_is_not_found(ask: Callable) -> None:
    with pytest.raises(TaskNotFound):
        ask(orders.change_priority(1), reply(None, success=False, message="Task not found"))


PROVES_NOTHING = {
    "PanDA could not register it": (False, 1, "failed to register command"),
    "success without a code": (True, None, REGISTERED),
    "a code that is no number": (True, "0", REGISTERED),
    "false for zero": (True, False, REGISTERED),
    "another command": (True, 0, "command=release is registered for task ID 7. will be executed"),
    "another task": (True, 0, "command={} is registered for task ID 77. will be executed"),
    "no words": (True, 0, ""),
    "a new task": (True, 0, "succeeded. new jediTaskID=58"),
    "another code": (False, 5, "retry was not accepted"),
    "no success in the words of success": (False, 0, REGISTERED),
    "many tasks": (True, 0, "2 tasks changed"),
    "no task": (True, 0, "0 tasks changed"),
}


@pytest.mark.parametrize("order", ALL, ids=repr)
@pytest.mark.parametrize("case", PROVES_NOTHING.values(), ids=PROVES_NOTHING)
def test_an_answer_that_does_not_say_it_proves_nothing(
    ask: Callable, order: Order, case: tuple[bool, object, str]
) -> None:
    success, code, message = case

    with pytest.raises(OutcomeUnknown):
        ask(order, reply(code, success=success, message=message.format(order.name)))


@pytest.mark.parametrize("order", [orders.kill(), orders.pause()], ids=repr)
def test_a_no_inside_a_success_counts_for_retry_alone(ask: Callable, order: Order) -> None:
    with pytest.raises(OutcomeUnknown):
        ask(order, reply(4, message="Command rejected"))


@pytest.mark.parametrize("order", ALL, ids=repr)
def test_missing_rights_are_told_from_everything_else(ask: Callable, order: Order) -> None:
    with pytest.raises(AccessRefused):
        ask(order, reply(None, success=False, message="production or pilot role required"))


def test_an_error_of_the_server_proves_nothing(ask: Callable) -> None:
    with pytest.raises(OutcomeUnknown):
        ask(orders.kill(), http("ERROR : list index out of range", 500))


def test_without_a_connection_nothing_was_sent(client_of: Callable) -> None:
    with pytest.raises(PandaUnavailable):
        client_of("http://127.0.0.1:1").order(orders.kill(), 7)
