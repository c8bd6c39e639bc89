"""Reading back what PanDA stored of an accepted task."""

import json
from collections.abc import Callable

import pytest

from app.models import Task
from jobs.deliver import deliver_next
from jobs.verify import verify_next
from tests.jobs.bench import Bench

PARAMETERS = "task/get_task_parameters"
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def sent(bench: Bench, queued: Task) -> Task:
    """A task that PanDA has accepted and nobody has read back."""
    bench.run(deliver_next)
    return queued


def stored_as(bench: Bench, task: Task, **changes: object) -> None:
    """Have PanDA show other parameters than were sent."""
    stored = json.loads(bench.command(task).payload) | changes
    body = json.dumps({"success": True, "message": "", "data": stored})
    bench.simulator.fault("answer", method=PARAMETERS, status=200, content_type="text/plain", body=body)


def test_a_task_that_panda_stored_as_sent_is_verified(bench: Bench, sent: Task):
    bench.run(verify_next)
    bench.run(verify_next)

    assert bench.task(sent).verified_at is not None
    assert bench.pause() is None
    assert len(bench.calls(PARAMETERS)) == 1, "once is enough"


@pytest.mark.parametrize(
    "change",
    [{"taskType": "anal"}, {"ticketID": "another"}, {"userName": "somebody"}, {"uniqueTaskName": False}],
    ids=lambda change: next(iter(change)),
)
def test_a_task_that_panda_changed_pauses_delivery(
    bench: Bench, sent: Task, make_task: Callable[..., Task], change: dict
):
    stored_as(bench, sent, **change)

    bench.run(verify_next)
    make_task("queued")
    bench.run(deliver_next)

    assert bench.pause() == "read_back"
    assert bench.task(sent).verified_at is None
    assert len(bench.at_panda()) == 1, "nothing more is sent"


def test_whoever_lifts_the_pause_is_not_alarmed_again_by_the_same_task(bench: Bench, sent: Task):
    stored_as(bench, sent, taskType="anal")
    bench.run(verify_next)
    bench.resume()
    bench.wait(days=1)

    bench.run(verify_next)

    assert bench.pause() is None


@on_sqlite
def test_a_new_process_says_again_what_is_wrong(bench: Bench, sent: Task):
    stored_as(bench, sent, taskType="anal")
    bench.run(verify_next)
    bench.resume()
    bench.begin(bench.epoch)

    bench.run(verify_next)

    assert bench.pause() == "read_back"


def test_a_task_that_is_not_found_is_asked_for_again_after_a_while(bench: Bench, sent: Task):
    bench.simulator.fault("database_down")
    bench.run(verify_next)
    bench.run(verify_next)
    asked = len(bench.calls(PARAMETERS))
    bench.simulator._session.delete(f"{bench.simulator.url}/simulator/faults", timeout=10)
    bench.wait(minutes=2)

    bench.run(verify_next)

    assert asked == 1
    assert bench.task(sent).verified_at is not None


@on_sqlite
def test_a_task_that_is_not_found_does_not_hold_up_the_others(bench: Bench, make_task: Callable[..., Task]):
    tasks = [make_task("queued") for _ in range(2)]
    bench.run(deliver_next)
    words = json.dumps({"success": False, "message": "Task not found", "data": None})
    bench.simulator.fault(
        "answer", method=PARAMETERS, count=1, status=200, content_type="text/plain", body=words
    )

    bench.run(verify_next)

    assert [bench.task(task).verified_at is None for task in tasks] == [True, False]
