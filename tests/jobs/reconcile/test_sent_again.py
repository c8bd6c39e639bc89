"""A task that was not found and is sent again: the first send stays undecided."""

import json
from collections.abc import Callable

import pytest

from app.models import Task
from app.services import delivery, tasks
from app.services.problems import NotPossibleNow
from jobs.deliver import deliver_next
from jobs.preparing import prepare
from tests.jobs.bench import Bench
from tests.jobs.reconcile.looking import SUBMIT, look


@pytest.fixture
def resent(bench: Bench, lose: Callable[..., Task], control: Callable[[], Task]) -> Task:
    """A task that was not found and, by the setting, is queued once more."""
    bench.app.config["RESEND_AUTOMATICALLY"] = True
    task = lose(at_panda=False)
    control()
    bench.wait(minutes=50)
    look(bench, times=3)
    assert bench.command(task).state == "ready"
    return task


def test_a_task_that_is_not_found_is_sent_again_as_it_was_if_the_setting_says_so(bench: Bench, resent: Task):
    payload, seeds = bench.command(resent).payload, bench.task(resent).seed_first

    bench.run(deliver_next)

    (there,) = bench.at_panda(resent)
    assert bench.states(resent) == ("submitted", "accepted", there["id"])
    assert (bench.command(resent).payload, bench.task(resent).seed_first) == (payload, seeds)
    assert [new for _, new in bench.history(resent)][-4:] == ["unknown", "queued", "sending", "submitted"]


def test_a_task_that_waits_to_be_sent_again_can_be_neither_changed_nor_withdrawn(bench: Bench, resent: Task):
    task = bench.task(resent)

    with bench.app.app_context(), pytest.raises(NotPossibleNow):
        tasks.withdraw(task.id, task.creator, task.version, bench.now())
    assert task.state == "unknown"


def test_a_late_answer_is_stored_while_the_task_waits_to_be_sent_again(bench: Bench, resent: Task):
    with bench.app.app_context():
        stored = delivery.record_acceptance(bench.command(resent).id, 4711, bench.now())
    bench.run(deliver_next)

    assert stored
    assert bench.states(resent) == ("submitted", "accepted", 4711)
    assert bench.at_panda(resent) == []


def test_a_task_is_sent_again_once_only(bench: Bench, resent: Task):
    bench.simulator.fault("drop", method=SUBMIT, count=1)
    bench.run(deliver_next)
    lost_again = bench.states(resent)
    bench.wait(minutes=61)

    look(bench, times=20)

    assert lost_again == ("unknown", "unknown", None)
    assert bench.states(resent) == ("held", "held", None)
    assert len([call for call in bench.calls(SUBMIT) if call.task_id == resent.id]) == 2


def test_a_second_send_that_is_undecided_is_not_prepared_once_more(bench: Bench, resent: Task):
    bench.simulator.fault("drop", method=SUBMIT, count=1)
    bench.run(deliver_next)
    command_id = bench.command(resent).id

    bench.step(lambda worker, now: bool(prepare(worker, command_id, now)))

    assert bench.states(resent) == ("unknown", "unknown", None)
    assert len([call for call in bench.calls(SUBMIT) if call.task_id == resent.id]) == 2


def test_a_second_send_that_did_not_leave_leaves_the_first_undecided(bench: Bench, resent: Task):
    bench.simulator.fault("answer", method=SUBMIT, status=503, count=1)

    bench.run(deliver_next)

    assert bench.states(resent) == ("unknown", "unknown", None)
    assert bench.command(resent).resent is False


def test_a_refusal_of_the_second_send_leaves_the_first_undecided(bench: Bench, resent: Task):
    words = json.dumps({"success": False, "message": "Type error: no", "data": None})
    bench.simulator.fault("answer", method=SUBMIT, status=200, content_type="text/plain", body=words)

    bench.run(deliver_next)

    assert bench.states(resent) == ("unknown", "unknown", None)
