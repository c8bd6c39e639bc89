"""When an order is sent, when it waits, and when it is closed without being sent."""

from collections.abc import Callable

import pytest

from app.domain.task_state import CommandKind
from app.models import Task
from app.services.installation import pause_delivery
from jobs.deliver import deliver_next
from jobs.effects import watch_effects
from tests.jobs.bench import Bench
from tests.jobs.giving import give, look, pass_time, sends, set_status
from tests.jobs.orders.asking import FINISH, KILL, PAUSE, RESUME, RETRY, order


def pause(bench: Bench, reason: str) -> None:
    with bench.app.app_context():
        pause_delivery(reason, "a test", bench.now())


@pytest.mark.parametrize("reason", ["by_hand", "read_back", "found_twice"])
def test_what_stops_a_task_goes_out_while_sending_is_paused(
    bench: Bench, running: Task, make_task: Callable[..., Task], reason: str
):
    waiting = make_task("queued")
    give(bench, running, KILL)
    pause(bench, reason)

    bench.run(deliver_next)

    assert (order(bench, running), bench.states(waiting)[1]) == (("asked", 1), "ready")


def test_what_starts_work_waits_while_sending_is_paused(bench: Bench, given: Callable):
    task = given(RETRY)
    pause(bench, "by_hand")

    bench.run(deliver_next)
    paused = order(bench, task)
    bench.resume()
    bench.run(deliver_next)

    assert (paused, order(bench, task)) == (("ready", 0), ("asked", 1))


@pytest.mark.parametrize("reason", ["access", "server", "foreign_database", "a reason of tomorrow"])
def test_nothing_at_all_is_sent_while_it_could_do_harm(bench: Bench, given: Callable, reason: str):
    task = given(KILL)
    pause(bench, reason)

    bench.run(deliver_next)

    assert (order(bench, task), bench.calls("task/kill")) == (("ready", 0), [])


@pytest.mark.parametrize(
    ("kind", "status", "state"),
    [
        (KILL, "aborting", "seen"),
        (KILL, "done", "unseen"),
        (PAUSE, "paused", "seen"),
        (PAUSE, "failed", "unseen"),
    ],
)
def test_an_order_that_the_task_has_outrun_is_not_sent(
    bench: Bench, given: Callable, kind: CommandKind, status: str, state: str
):
    task = given(kind)
    set_status(bench, task, status)

    bench.run(deliver_next)

    command = bench.command(task)
    assert (command.state, sends(bench, kind)) == (state, 0)
    assert command.waits_for == (None if state == "seen" else f"the task has moved on: {status}")


@pytest.mark.parametrize(
    ("kind", "status"), [(KILL, "done"), (FINISH, "aborted"), (PAUSE, "finished"), (RESUME, "aborted")]
)
def test_an_order_that_can_no_longer_be_carried_out_is_closed(
    bench: Bench, given: Callable, kind: CommandKind, status: str
):
    task = given(kind)
    bench.run(deliver_next)

    set_status(bench, task, status)

    assert bench.command(task).state == "unseen"


def test_what_panda_drops_without_a_word_is_noticed(bench: Bench, given: Callable):
    task = given(PAUSE)
    bench.run(deliver_next)
    bench.simulator.set_task(id=bench.task(task).panda_id, status="passed")

    pass_time(bench, 40)

    assert bench.task(task).shown_state in {"failed", "finished", "done"}
    assert bench.command(task).state == "unseen"


def test_a_dead_holder_leaves_an_order_that_is_taken_as_asked(bench: Bench, given: Callable):
    task = given(PAUSE)
    bench.set(bench.command(task), state="sending", sent_at=bench.now(), status_before="running")
    bench.take_over()

    bench.run(deliver_next)

    assert order(bench, task) == ("asked", 1)
    assert bench.command(task).waits_for == "the program was stopped while it was sending"
    assert sends(bench, PAUSE) == 0


def test_a_clock_that_ran_ahead_keeps_no_order_open_for_a_day(bench: Bench, given: Callable):
    task = given(PAUSE)
    bench.wait(days=1)
    bench.run(deliver_next)
    bench.wait(days=-1)
    bench.run(watch_effects)

    bench.wait(minutes=31)
    look(bench, task)
    bench.run(watch_effects)

    assert bench.command(task).state == "unseen"


def test_the_tasks_of_many_orders_do_not_all_want_to_be_read_at_once(
    bench: Bench, make_task: Callable[..., Task]
):
    tasks = [make_task("queued") for _ in range(25)]
    bench.run(deliver_next)
    for task in tasks:
        bench.set(task, refresh_due_at=None)
        give(bench, task, KILL)
    bench.simulator.advance(20)
    bench.wait(minutes=1)
    bench.run(deliver_next)

    bench.run(watch_effects)
    due = [task for task in tasks if bench.task(task).refresh_due_at]

    assert (len(due), sends(bench, KILL)) == (20, 25)


def test_orders_go_before_submissions_and_kills_first(bench: Bench, make_task: Callable[..., Task]):
    there = [make_task("queued") for _ in range(2)]
    bench.run(deliver_next)
    for task in there:
        set_status(bench, task, "running")
    make_task("queued")
    give(bench, there[0], PAUSE)
    give(bench, there[1], KILL)

    bench.run(deliver_next)

    methods = [call.method for call in bench.calls() if call.verb == "POST"]
    assert methods[2:] == ["task/kill", "task/pause", "task/submit"]
