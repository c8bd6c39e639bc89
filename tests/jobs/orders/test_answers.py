"""Orders: what each answer of PanDA, and each way of getting none, leaves behind; each is asked for once."""

import json
from collections.abc import Callable

import pytest

from app.domain.command import ORDERS
from app.domain.task_state import CommandKind
from app.models import Task
from jobs.deliver import deliver_next
from jobs.effects import watch_effects
from tests.jobs.bench import Bench
from tests.jobs.giving import give, look, pass_time, sends
from tests.jobs.orders.asking import (
    KILL,
    METHODS,
    PAUSE,
    PRIORITY,
    RETRY,
    answers,
    each_kind,
    on_sqlite,
    order,
)


@each_kind
def test_an_order_is_asked_for_once_and_seen(bench: Bench, given: Callable, kind: CommandKind):
    task = given(kind)

    bench.run(deliver_next)
    asked = order(bench, task)
    pass_time(bench, 40)

    command = bench.command(task)
    assert (asked, command.state, sends(bench, kind)) == (("asked", 1), "seen", 1)
    assert (command.decided_at is not None, command.waits_for) == (True, None)


def test_what_was_sent_is_written_down(bench: Bench, given: Callable):
    task = given(KILL)

    bench.run(deliver_next)

    command, (call,) = bench.command(task), bench.calls("task/kill")
    panda_id = bench.task(task).panda_id
    assert json.loads(command.payload) == json.loads(call.parameters) == {"task_id": panda_id}
    assert (call.outcome, call.command_id, call.user_id) == ("ok", command.id, task.creator_id)
    assert (command.status_before, command.comment) == ("running", "because")


@each_kind
def test_a_lost_answer_is_taken_as_asked_and_says_so(bench: Bench, given: Callable, kind: CommandKind):
    task = given(kind)
    bench.simulator.fault("drop", method=METHODS[kind], moment="after", count=1)

    bench.run(deliver_next)
    asked, words = order(bench, task), bench.command(task).waits_for
    pass_time(bench, 40)

    assert asked == ("asked", 1)
    assert words
    assert (bench.command(task).state, sends(bench, kind)) == ("seen", 1)


@on_sqlite
@each_kind
def test_an_order_that_was_lost_on_the_way_is_not_repeated_unless_it_kills(
    bench: Bench, given: Callable, kind: CommandKind
):
    task = given(kind)
    bench.simulator.fault("drop", method=METHODS[kind], moment="before", count=1)
    bench.run(deliver_next)

    for _ in range(13):  # minutes: more than the time that its effect is waited for
        bench.wait(minutes=3)
        look(bench, task)
        for step in (deliver_next, watch_effects):
            bench.run(step)
        bench.simulator.advance(60)

    expected = ("seen", 2) if kind is KILL else ("unseen", 1)
    assert (bench.command(task).state, sends(bench, kind)) == expected


def test_a_kill_that_does_nothing_is_asked_for_five_times_more(bench: Bench, given: Callable):
    task = given(KILL)

    for _ in range(60):
        bench.run(deliver_next)
        bench.wait(minutes=1)
        look(bench, task)
        bench.run(watch_effects)

    command = bench.command(task)
    assert (command.state, command.asks, sends(bench, KILL)) == ("unseen", 6, 6)
    assert command.waits_for == "PanDA took the order, but nothing happened in 30 minutes"


def test_while_panda_does_not_show_the_task_nobody_says_that_nothing_happened(bench: Bench, given: Callable):
    task = given(PAUSE)
    bench.run(deliver_next)

    bench.wait(hours=2)
    bench.run(watch_effects)
    undecided = bench.command(task).state
    bench.wait(days=1)
    bench.run(watch_effects)

    assert (undecided, bench.command(task).state) == ("asked", "unseen")


@pytest.mark.parametrize("kind", [kind for kind in ORDERS if kind is not PRIORITY], ids=str)
def test_a_refusal_in_this_state_is_told_with_the_words_of_panda(
    bench: Bench, given: Callable, kind: CommandKind
):
    task = given(kind)
    words = "Command rejected: it is not accepted if the task is in pending status "
    said = answers(kind, 200, success=kind is RETRY, message=words, data=4)
    bench.simulator.fault("answer", **said)

    bench.run(deliver_next)

    command = bench.command(task)
    assert (command.state, sends(bench, kind), bench.pause()) == ("rejected", 1, None)
    assert words.strip() in command.waits_for
    assert bench.task(task).state == "submitted"


def test_a_refused_repetition_of_a_kill_is_no_refusal_of_the_kill(bench: Bench, given: Callable):
    task = given(KILL)
    bench.run(deliver_next)
    bench.simulator.advance(14)
    bench.wait(minutes=4)

    bench.run(deliver_next)
    repeated = order(bench, task), sends(bench, KILL)
    look(bench, task)

    assert repeated == (("asked", 1), 2)
    assert (bench.command(task).state, bench.task(task).shown_state) == ("seen", "aborting")


def test_a_kill_waits_until_jedi_has_named_the_task(bench: Bench, queued: Task):
    bench.run(deliver_next)
    give(bench, queued, KILL)

    bench.run(deliver_next)
    early = bench.command(queued)
    pass_time(bench, 80)

    assert (early.state, early.asks, early.waits_for) == ("ready", 0, "PanDA does not know the task yet")
    assert bench.command(queued).state == "seen"
    assert bench.task(queued).shown_state in {"aborting", "toabort"}
    assert bench.at_panda()[0]["status"] == "aborted"


@each_kind
def test_a_task_that_panda_does_not_find_changes_nothing(bench: Bench, given: Callable, kind: CommandKind):
    task = given(kind)
    before = bench.task(task)
    bench.simulator.begin()

    for _ in range(5):
        bench.run(deliver_next)
        bench.wait(minutes=2)

    after = bench.task(task)
    assert order(bench, task) == ("ready", 0)
    assert (after.state, after.shown_state) == (before.state, before.shown_state)
    assert sends(bench, kind) == 5


def refuse_connections(bench: Bench, port: int) -> None:
    bench.app.config["PANDA_URL"] = f"http://127.0.0.1:{port}"
    bench.begin(bench.epoch)


@each_kind
def test_what_provably_was_not_sent_waits_and_is_sent_later(
    bench: Bench, given: Callable, kind: CommandKind, closed_port: int
):
    task, panda = given(kind), bench.app.config["PANDA_URL"]
    refuse_connections(bench, closed_port)
    bench.run(deliver_next)
    waiting = bench.command(task)
    bench.app.config["PANDA_URL"] = panda
    bench.begin(bench.epoch)
    bench.wait(minutes=2)

    bench.run(deliver_next)

    assert (waiting.state, waiting.asks, waiting.tries, waiting.payload) == ("ready", 0, 1, None)
    assert "could not be reached" in waiting.waits_for
    assert order(bench, task) == ("asked", 1)


def test_refused_credentials_pause_everything_and_keep_the_order(bench: Bench, given: Callable):
    task = given(KILL)
    bench.simulator.fault("refuse_tokens")

    bench.run(deliver_next)

    assert (order(bench, task), bench.pause()) == (("ready", 0), "access")


@pytest.mark.parametrize("status", [500, 502, 504])
def test_an_error_of_the_server_is_taken_as_asked(bench: Bench, given: Callable, status: int):
    task = given(PAUSE)
    bench.simulator.fault("answer", **answers(PAUSE, status), moment="after")

    bench.run(deliver_next)

    assert order(bench, task) == ("asked", 1)
    assert bench.command(task).waits_for
