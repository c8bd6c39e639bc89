"""Sending: what is accepted, and what provably was not sent and is sent later."""

import json
from collections.abc import Callable

from app.models import Task
from jobs.deliver import deliver_next
from tests.jobs.answering import SUBMIT
from tests.jobs.bench import Bench


def test_an_accepted_task_is_submitted_with_the_id_of_panda(bench: Bench, queued: Task):
    bench.run(deliver_next)

    (there,) = bench.at_panda(queued)
    assert bench.states(queued) == ("submitted", "accepted", there["id"])
    assert there["name"] == queued.name
    assert bench.history(queued)[-2:] == [("queued", "sending"), ("sending", "submitted")]


def test_what_was_sent_is_what_is_stored(bench: Bench, queued: Task):
    bench.run(deliver_next)

    sent = json.loads(bench.command(queued).payload)
    (call,) = bench.calls(SUBMIT)
    panda_id = bench.task(queued).panda_id
    assert sent == bench.ask_panda(lambda panda: panda.get_task_parameters(panda_id))
    assert json.loads(call.parameters) == sent
    assert (sent["ticketID"], sent["taskType"]) == (bench.command(queued).key, "prod")


def test_tasks_are_sent_in_the_order_they_were_queued(bench: Bench, make_task: Callable[..., Task]):
    tasks = [make_task("queued") for _ in range(3)]

    bench.run(deliver_next)

    assert [there["name"] for there in bench.at_panda()] == [task.name for task in tasks]


def test_nothing_queued_is_nothing_to_do(bench: Bench, make_task: Callable[..., Task]):
    make_task("draft")
    make_task("withdrawn")

    assert bench.step(deliver_next) is False
    assert (bench.at_panda(), bench.calls()) == ([], [])


# --- what provably was not sent --------------------------------------------------------------------


def refuse_connections(bench: Bench, port: int) -> None:
    bench.app.config["PANDA_URL"] = f"http://127.0.0.1:{port}"


def test_a_refused_connection_leaves_the_task_queued(bench: Bench, queued: Task, closed_port: int):
    refuse_connections(bench, closed_port)

    bench.run(deliver_next)

    command, (call,) = bench.command(queued), bench.calls(SUBMIT)
    assert bench.states(queued) == ("queued", "ready", None)
    assert (command.tries, command.payload, command.sent_at) == (1, None, None)
    assert "could not be reached" in command.waits_for
    assert (call.outcome, call.http_status) == ("PandaUnavailable", None)
    assert bench.pause() is None


def test_an_overloaded_panda_leaves_the_task_queued(bench: Bench, queued: Task):
    bench.simulator.fault("answer", method=SUBMIT, status=503)

    bench.run(deliver_next)

    assert bench.states(queued) == ("queued", "ready", None)
    assert bench.calls(SUBMIT)[0].http_status == 503


def test_an_overloaded_panda_proves_nothing_if_the_setting_says_so(bench: Bench, queued: Task):
    bench.app.config["PANDA_503_MEANS_NOT_SENT"] = False
    bench.simulator.fault("answer", method=SUBMIT, status=503)

    bench.run(deliver_next)

    assert bench.states(queued) == ("unknown", "unknown", None)


def test_too_many_active_tasks_leave_the_task_queued(bench: Bench, queued: Task):
    bench.simulator.fault("too_many_tasks", limit=0)

    bench.run(deliver_next)

    assert bench.states(queued) == ("queued", "ready", None)
    assert "Too many active tasks" in bench.command(queued).waits_for
    assert bench.pause() is None


def test_a_task_that_was_not_sent_is_sent_later_with_the_same_key_and_seeds(bench: Bench, queued: Task):
    bench.simulator.fault("answer", method=SUBMIT, status=503, count=1)
    bench.run(deliver_next)
    key, seeds = bench.command(queued).key, bench.task(queued).seed_first
    bench.wait(minutes=2)

    bench.run(deliver_next)

    sent = json.loads(bench.command(queued).payload)
    assert bench.states(queued)[0] == "submitted"
    assert (sent["ticketID"], bench.task(queued).seed_first) == (key, seeds)
    assert seeds is not None


def test_while_panda_is_away_one_task_is_tried_now_and_then(
    bench: Bench, make_task: Callable[..., Task], closed_port: int
):
    for _ in range(3):
        make_task("queued")
    refuse_connections(bench, closed_port)

    for _ in range(60):  # ten minutes
        bench.run(deliver_next)
        bench.wait(seconds=10)

    assert 8 <= len(bench.calls(SUBMIT)) <= 14, "at first after 10 s, later once a minute"


def test_the_wait_is_over_at_once_when_panda_is_back(bench: Bench, make_task: Callable[..., Task]):
    tasks = [make_task("queued") for _ in range(3)]
    bench.simulator.fault("answer", method=SUBMIT, status=503, count=3)
    for _ in range(3):
        bench.run(deliver_next)
        bench.wait(minutes=2)

    bench.run(deliver_next)

    assert {bench.task(task).state for task in tasks} == {"submitted"}


def test_a_clock_that_is_put_back_does_not_keep_a_task_from_being_sent(bench: Bench, queued: Task):
    bench.wait(days=1)
    bench.set(bench.command(queued), next_at=bench.now())
    bench.wait(days=-1)

    bench.run(deliver_next)

    assert bench.states(queued)[0] == "submitted"


def test_a_task_is_not_sent_while_it_can_be_taken_back(bench: Bench, queued: Task):
    bench.app.config["SECONDS_TO_UNDO"] = 30

    bench.run(deliver_next)
    assert bench.at_panda() == []

    bench.wait(seconds=31)
    bench.run(deliver_next)
    assert [there["name"] for there in bench.at_panda()] == [queued.name]
