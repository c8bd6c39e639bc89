"""The watch for duplicates: which of two tasks PanDA kept, and what turns up later."""

import json
from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.domain.task_state import CommandState
from app.extensions import db
from app.models import Alarm, Task, User
from app.services import held
from jobs.deliver import deliver_next
from jobs.refresh import refresh
from jobs.watch import watch_next
from tests.jobs.bench import Bench

SUBMIT, PARAMETERS = "task/submit", "task/get_task_parameters"
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def settings(settings: dict) -> dict:
    return settings | {"RECONCILE_ID_WINDOW": 3}


def sent_twice(bench: Bench, task: Task, **changes: object) -> int:
    """Put a task of the same name into PanDA before ours, and send ours: JEDI aborts ours."""
    bench.simulator.fault("jedi_down")
    bench.run(deliver_next)
    parameters = json.loads(bench.command(task).payload) | changes
    survivor = bench.simulator.set_task(parameters=parameters, status="running")["id"]
    bench.simulator._session.delete(f"{bench.simulator.url}/simulator/faults", timeout=10)
    bench.simulator.advance(120)
    bench.run(refresh)
    assert bench.task(task).panda_status == "aborted"
    return survivor


def alarms_of(bench: Bench) -> list[tuple[str, str]]:
    with bench.app.app_context():
        return [(alarm.kind, alarm.words) for alarm in db.session.scalars(select(Alarm))]


def test_the_task_that_panda_kept_is_followed_if_it_is_ours(bench: Bench, queued: Task):
    survivor = sent_twice(bench, queued)
    first = bench.task(queued).panda_id

    bench.run(watch_next)
    bench.run(refresh)

    task = bench.task(queued)
    (kept,) = [there for there in bench.at_panda() if there["id"] == survivor]
    assert (task.panda_id, task.panda_status) == (survivor, kept["status"])
    assert survivor != first
    assert ("aborted", "submitted") in bench.history(queued)
    assert (bench.pause(), alarms_of(bench)) == (None, [])


def test_a_task_of_somebody_else_that_panda_kept_is_said_once(bench: Bench, queued: Task):
    survivor = sent_twice(bench, queued, spdKey="another")

    for _ in range(3):
        bench.run(watch_next)
        bench.wait(minutes=2)

    task = bench.task(queued)
    words = f"another task at PanDA has this name: {survivor}"
    assert (task.panda_status, task.panda_id != survivor) == ("aborted", True)
    assert alarms_of(bench) == [(f"namesake {task.id}", f"task {task.id}: {words}")]
    assert bench.history(queued).count(("aborted", "aborted")) == 1


def test_a_survivor_that_another_task_has_pauses_delivery(
    bench: Bench, queued: Task, make_task: Callable[..., Task]
):
    survivor = sent_twice(bench, queued)
    make_task("submitted", panda_id=survivor)
    bench.take_over()

    bench.run(watch_next)

    assert bench.pause() == "found_twice"
    assert bench.task(queued).panda_id != survivor


@on_sqlite
def test_a_survivor_that_cannot_be_read_is_asked_for_again(bench: Bench, queued: Task):
    survivor = sent_twice(bench, queued)
    words = json.dumps({"success": False, "message": "Task not found", "data": None})
    bench.simulator.fault(
        "answer", method=PARAMETERS, count=1, status=200, content_type="text/plain", body=words
    )
    bench.run(watch_next)
    before = bench.task(queued).panda_id
    bench.wait(minutes=2)

    bench.run(watch_next)

    assert before != survivor == bench.task(queued).panda_id


# --- given up ------------------------------------------------------------------------------------------


@pytest.fixture
def given_up(bench: Bench, make_task: Callable[..., Task]) -> Task:
    """A task that nobody found and a manager gave up; its parameters are those of a real send."""
    task = make_task("given-up")
    bench.take_over()
    payload = {"taskName": task.name, "ticketID": bench.command(task).key, "taskType": "prod"}
    payload |= {"userName": bench.app.config["PANDA_USER_NAME"], "prodSourceLabel": "managed", "vo": "x"}
    bench.set(bench.command(task), payload=json.dumps(payload))
    return task


def test_a_task_that_was_given_up_is_adopted_when_it_turns_up(bench: Bench, given_up: Task):
    bench.run(watch_next)
    before = bench.states(given_up)[:2]
    late = bench.simulator.set_task(parameters=json.loads(bench.command(given_up).payload), status="running")
    bench.wait(hours=13)

    bench.run(watch_next)

    assert before == ("given-up", "given-up")
    assert bench.states(given_up) == ("submitted", "accepted", late["id"])
    assert bench.history(given_up)[-1] == ("given-up", "submitted")


def test_a_task_that_was_given_up_is_looked_for_less_and_less_often_until_the_watch_ends(
    bench: Bench, given_up: Task
):
    looks = []

    for _ in range(8 * 24):
        looks.append(bench.step(watch_next))
        bench.wait(hours=1)

    assert sum(looks[:24]) > sum(looks[24:48]) >= sum(looks[144:168]) > 0
    assert sum(looks[170:]) == 0, "after seven days nobody looks any more"


def test_one_that_was_given_up_and_is_there_twice_pauses_delivery_once(bench: Bench, given_up: Task):
    parameters = json.loads(bench.command(given_up).payload)
    ids = [bench.simulator.set_task(parameters=parameters, status="running")["id"] for _ in range(2)]

    bench.run(watch_next)
    paused, reason = bench.pause(), bench.installation().paused_words
    bench.resume()
    bench.wait(hours=13)
    bench.run(watch_next)

    assert paused == "found_twice"
    assert str(ids) in reason
    assert bench.pause() is None


# --- sent again ----------------------------------------------------------------------------------------


@pytest.fixture
def sent_again(bench: Bench, make_task: Callable[..., Task], make_user: Callable[..., User]) -> Task:
    """A held task that a manager had sent again: the second send was accepted."""
    task = make_task("queued")
    bench.simulator.fault("drop", method=SUBMIT, count=1, moment="before")
    bench.step(deliver_next)
    command = bench.command(task)
    bench.set(command, state=CommandState.HELD.value)
    bench.set(bench.task(task), state="held", shown_state="held")
    with bench.app.app_context():
        held.send_again(
            task.id, make_user("manager"), bench.task(task).version, "it is not there", bench.now()
        )
    bench.run(deliver_next)
    assert bench.states(task)[:2] == ("submitted", "accepted")
    return task


def test_a_second_task_after_a_second_send_pauses_delivery_with_both_ids(bench: Bench, sent_again: Task):
    parameters = json.loads(bench.command(sent_again).payload)
    bench.simulator.advance(15)
    second = bench.simulator.set_task(parameters=parameters, status="running")["id"]

    bench.run(watch_next)

    both = str(sorted([bench.task(sent_again).panda_id, second]))
    assert bench.pause() == "found_twice"
    assert both in bench.installation().paused_words


def test_a_second_task_that_jedi_has_aborted_is_harmless(bench: Bench, sent_again: Task):
    parameters = json.loads(bench.command(sent_again).payload)
    bench.simulator.advance(15)
    second = bench.simulator.set_task(parameters=parameters)["id"]
    bench.simulator.advance(120)

    bench.run(watch_next)

    assert [there["status"] for there in bench.at_panda() if there["id"] == second] == ["aborted"]
    assert bench.pause() is None


def test_a_held_task_that_is_sent_again_tells_who_wanted_it(bench: Bench, sent_again: Task):
    moves = [new for _, new in bench.history(sent_again)]

    assert moves[-4:] == ["unknown", "queued", "sending", "submitted"]
    assert bench.command(sent_again).watch_until is not None
    assert len(bench.at_panda(sent_again)) == 1


@on_sqlite
def test_a_task_that_was_sent_once_is_not_watched(bench: Bench, queued: Task):
    bench.run(deliver_next)
    calls = len(bench.calls())

    bench.run(watch_next)

    assert len(bench.calls()) == calls
