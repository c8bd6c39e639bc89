"""What cannot be read keeps no other task from being followed."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from app.models import Task
from app.panda.errors import OutcomeUnknown
from jobs.refresh import refresh
from tests.jobs.bench import Bench
from tests.jobs.refresh.seen import DETAILS, LIST, counts, on_sqlite


def test_one_task_that_cannot_be_read_does_not_keep_the_others_from_being_read(
    bench: Bench, send: Callable[..., Task]
):
    tasks = [send() for _ in range(4)]
    bench.simulator.advance(15)
    bench.simulator.fault("html", method=DETAILS, count=2)

    bench.run(refresh)
    first = [bench.task(task).shown_state for task in tasks]
    bench.run(refresh)

    assert first == ["submitted", "submitted", "ready", "ready"]
    assert {bench.task(task).shown_state for task in tasks} == {"ready"}


@on_sqlite
def test_a_cycle_in_which_nothing_can_be_read_ends_with_the_error(bench: Bench, send: Callable[..., Task]):
    for _ in range(6):
        send()
    bench.simulator.advance(15)
    bench.simulator.fault("html", method=DETAILS)

    with pytest.raises(OutcomeUnknown):
        bench.run(refresh)

    assert len(bench.calls(DETAILS)) == 3


@on_sqlite
@pytest.mark.parametrize("number", [2**31, 2**70, -(2**40)])
def test_counts_that_cannot_be_are_not_known(bench: Bench, send: Callable[..., Task], number: int):
    task = send()
    bench.simulator.advance(15)
    told = bench.ask_panda(lambda panda: panda.get_detailed_info(bench.task(task).panda_id))
    data = dict(told.raw) | {"nFiles": number, "nFilesFinished": number, "currentPriority": number}
    body = json.dumps({"success": True, "message": "", "data": data})
    bench.simulator.fault("answer", method=DETAILS, status=200, content_type="text/plain", body=body)

    bench.run(refresh)

    assert bench.task(task).shown_state == "ready"
    assert counts(bench.task(task)) == (1000, 0, 0)


def test_the_look_back_reaches_as_far_as_panda_keeps(bench: Bench):
    bench.run(refresh)
    bench.wait(minutes=1)
    bench.run(refresh)

    asked = [json.loads(call.parameters)["since"] for call in bench.calls(LIST)]
    since = [datetime.strptime(moment, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) for moment in asked]
    assert (bench.now() - since[0]).days == 30
    assert timedelta(hours=8) <= bench.now() - since[1] < timedelta(hours=9)
