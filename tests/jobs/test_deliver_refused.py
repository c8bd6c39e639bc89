"""Sending: what PanDA refuses, and what pauses delivery."""

from collections.abc import Callable

import pytest

from app.models import Task
from jobs.deliver import deliver_next
from tests.jobs.answering import SUBMIT, answers
from tests.jobs.bench import Bench

REFUSED_ARGUMENTS = [
    {"message": "Argument error: missing a required argument: 'task_parameters'"},
    {"message": "Type error: 'task_parameters' must be of type dict, got str."},
    {"message": "failed to find parent with user=a name=b", "data": 11},
]


@pytest.mark.parametrize("refusal", REFUSED_ARGUMENTS)
def test_refused_arguments_reject_the_task_with_the_words_of_panda(bench: Bench, queued: Task, refusal: dict):
    bench.simulator.fault("answer", **answers(200, refusal))

    bench.run(deliver_next)

    assert bench.states(queued) == ("rejected", "rejected", None)
    assert refusal["message"] in bench.command(queued).waits_for
    assert bench.pause() is None


def test_parameters_that_cannot_be_built_reject_the_task_before_it_is_sent(bench: Bench, queued: Task):
    bench.app.config["RECIPE_BOOK"] = {}
    bench.begin(bench.epoch)

    bench.run(deliver_next)

    assert bench.states(queued) == ("rejected", "rejected", None)
    assert bench.calls() == []


def test_a_rejected_task_does_not_hold_up_the_next(bench: Bench, make_task: Callable[..., Task]):
    tasks = [make_task("queued") for _ in range(2)]
    bench.simulator.fault("answer", count=1, **answers(200, REFUSED_ARGUMENTS[0]))

    bench.run(deliver_next)

    assert [bench.task(task).state for task in tasks] == ["rejected", "submitted"]


def test_refused_credentials_pause_delivery_and_keep_the_task_queued(bench: Bench, queued: Task):
    bench.simulator.fault("refuse_tokens")

    bench.run(deliver_next)

    assert bench.states(queued) == ("queued", "ready", None)
    assert bench.pause() == "access"


def test_a_missing_token_pauses_delivery_and_completes_the_call(bench: Bench, queued: Task, token_file):
    token_file.unlink()

    bench.run(deliver_next)

    (call,) = bench.calls(SUBMIT)
    assert bench.states(queued) == ("queued", "ready", None)
    assert (bench.pause(), call.outcome) == ("access", "NoToken")
    assert bench.at_panda() == []


def test_a_server_without_the_method_pauses_delivery(bench: Bench, queued: Task):
    bench.simulator.fault("answer", **answers(403, "ERROR : method submit is forbidden"))

    bench.run(deliver_next)

    assert bench.states(queued) == ("queued", "ready", None)
    assert bench.pause() == "server"


def test_nothing_is_sent_while_delivery_is_paused(bench: Bench, queued: Task):
    bench.simulator.fault("refuse_tokens", count=1)
    bench.run(deliver_next)
    bench.simulator.begin()
    bench.wait(hours=1)

    bench.run(deliver_next)
    paused = bench.at_panda()
    bench.resume()
    bench.run(deliver_next)

    assert (paused, len(bench.at_panda())) == ([], 1)


def test_without_the_row_of_the_installation_nothing_is_sent(bench: Bench, queued: Task):
    bench.forget_installation()

    bench.run(deliver_next)

    assert bench.states(queued) == ("queued", "ready", None)
