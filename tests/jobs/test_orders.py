"""Orders: what each answer of PanDA, and each way of getting none, leaves behind; each is asked for once."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from app.domain.command import ORDERS
from app.domain.task_state import CommandKind
from app.models import Task
from app.services.installation import pause_delivery
from jobs.deliver import deliver_next
from jobs.effects import watch_effects
from tests.jobs.bench import Bench
from tests.jobs.giving import WHERE, give, look, pass_time, sends, set_status

KILL, FINISH, RETRY = CommandKind.KILL, CommandKind.FINISH, CommandKind.RETRY
PAUSE, RESUME, PRIORITY = CommandKind.PAUSE, CommandKind.RESUME, CommandKind.PRIORITY
METHODS = {kind: f"task/{kind.value}" for kind in ORDERS} | {PRIORITY: "task/change_priority"}
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
each_kind = pytest.mark.parametrize("kind", ORDERS, ids=str)


@pytest.fixture
def running(bench: Bench, queued: Task) -> Task:
    """A task that runs at PanDA."""
    bench.run(deliver_next)
    set_status(bench, queued, "running")
    return queued


@pytest.fixture
def given(bench: Bench, running: Task) -> Callable[[CommandKind], Task]:
    """given(kind) → a task in a status that fits, on which this order waits to be sent."""

    def make(kind: CommandKind) -> Task:
        if kind in WHERE:
            set_status(bench, running, WHERE[kind])
        give(bench, running, kind)
        return running

    return make


def answers(kind: CommandKind, status: int, **said: Any) -> dict[str, Any]:
    """The wish for an answer to this order that PanDA gives without doing anything."""
    text = json.dumps({"success": False, "message": "", "data": None} | said)
    return {"method": METHODS[kind], "status": status, "content_type": "text/plain", "body": text}


def order(bench: Bench, task: Task) -> tuple[str, int]:
    command = bench.command(task)
    return command.state, command.asks


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
