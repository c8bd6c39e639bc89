"""Sending: an answer that proves nothing leaves a task undecided, and it is not sent again."""

from collections.abc import Callable
from typing import Any

import pytest

from app.models import Task
from jobs.deliver import deliver_next
from tests.jobs.answering import SUBMIT, answers
from tests.jobs.bench import Bench

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


LOST_ANSWERS = {
    "PanDA could not register it": {"kind": "database_down"},
    "an error of the server": {"kind": "answer", **answers(500, "ERROR : list index out of range")},
    "a proxy's 502": {"kind": "answer", "method": SUBMIT, "status": 502},
    "a proxy's 504 after it was done": {"kind": "answer", "method": SUBMIT, "status": 504, "moment": "after"},
    "a reset before it was done": {"kind": "reset", "method": SUBMIT},
    "a reset after it was done": {"kind": "reset", "method": SUBMIT, "moment": "after"},
    "a closed connection": {"kind": "drop", "method": SUBMIT, "moment": "after"},
    "half an answer": {"kind": "half", "method": SUBMIT, "moment": "after"},
    "no answer in time": {"kind": "delay", "method": SUBMIT, "seconds": 2, "moment": "after"},
    "an answer byte by byte": {"kind": "drip", "method": SUBMIT, "seconds": 3, "moment": "after"},
    "a page of HTML": {"kind": "html", "method": SUBMIT, "moment": "after"},
    "wrong types": {"kind": "wrong_types", "method": SUBMIT, "moment": "after"},
    "an endless answer": {"kind": "huge", "method": SUBMIT, "moment": "after"},
    "another address": {"kind": "redirect", "method": SUBMIT},
    "an error code of PanDA": {"kind": "answer", **answers(200, {"data": 4, "message": "failed"})},
    "a duplicate": {
        "kind": "answer",
        **answers(200, {"data": 1, "message": "jediTaskID=3 is already queued"}),
    },
    "no JSON": {"kind": "answer", **answers(200, "{'success': True, 'message': '', 'data': 1}")},
}


@on_sqlite
@pytest.mark.parametrize("fault", LOST_ANSWERS.values(), ids=LOST_ANSWERS)
def test_an_answer_that_proves_nothing_leaves_the_task_unknown(bench: Bench, queued: Task, fault: dict):
    bench.app.config["PANDA_COMMAND_SECONDS"] = 1.0
    bench.simulator.fault(**fault)

    bench.run(deliver_next)

    (call,) = bench.calls(SUBMIT)
    assert bench.states(queued) == ("unknown", "unknown", None)
    assert (call.outcome, bench.pause()) == ("OutcomeUnknown", None)
    assert bench.command(queued).waits_for


@pytest.mark.parametrize(
    "text", ["ERROR : \x00", '{"message": "\\u0000 \\ud800"}'], ids=["NUL", "half a pair"]
)
def test_an_answer_that_no_database_takes_leaves_the_task_unknown(bench: Bench, queued: Task, text: str):
    bench.simulator.fault("answer", **answers(500, text))

    bench.run(deliver_next)

    assert bench.states(queued) == ("unknown", "unknown", None)


ODD_IDS = ["12", True, 0, -5, 1.0, None, [7], {"id": 7}, 2**63]


@on_sqlite
@pytest.mark.parametrize("data", ODD_IDS, ids=repr)
def test_success_without_a_proper_id_leaves_the_task_unknown(bench: Bench, queued: Task, data: Any):
    said = {"success": True, "message": f"succeeded. new jediTaskID={data}", "data": data}
    bench.simulator.fault("answer", **answers(200, said))

    bench.run(deliver_next)

    assert bench.states(queued) == ("unknown", "unknown", None)


@on_sqlite
@pytest.mark.parametrize(
    "words", ["", "succeeded", "reactivation accepted. jediTaskID=7", "new jediTaskID=8"]
)
def test_success_in_other_words_leaves_the_task_unknown(bench: Bench, queued: Task, words: str):
    bench.simulator.fault("answer", **answers(200, {"success": True, "message": words, "data": 7}))

    bench.run(deliver_next)

    assert bench.states(queued) == ("unknown", "unknown", None)


def test_an_unknown_task_is_not_sent_again(bench: Bench, queued: Task):
    bench.simulator.fault("drop", method=SUBMIT, moment="after", count=1)
    bench.run(deliver_next)
    bench.wait(days=30)

    bench.run(deliver_next)

    assert len(bench.at_panda(queued)) == 1
    assert bench.states(queued) == ("unknown", "unknown", None)


def test_an_unknown_task_does_not_hold_up_the_next(bench: Bench, make_task: Callable[..., Task]):
    tasks = [make_task("queued") for _ in range(2)]
    bench.simulator.fault("drop", method=SUBMIT, moment="after", count=1)

    bench.run(deliver_next)

    assert [bench.task(task).state for task in tasks] == ["unknown", "submitted"]


# --- an id that does not fit -------------------------------------------------------------------------


def test_an_id_that_another_task_has_raises_an_alarm(
    bench: Bench, make_task: Callable[..., Task], queued: Task
):
    other = make_task("submitted", panda_id=1)
    bench.take_over()

    bench.run(deliver_next)

    assert bench.states(queued) == ("unknown", "unknown", None)
    assert bench.task(other).panda_id == 1
    assert bench.pause() == "found_twice"


def test_a_task_that_has_another_id_keeps_it_and_raises_an_alarm(bench: Bench, queued: Task):
    bench.set(queued, panda_id=4711)

    bench.run(deliver_next)

    assert bench.states(queued) == ("unknown", "unknown", 4711)
    assert bench.pause() == "found_twice"
