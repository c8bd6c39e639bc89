"""Sending: what each answer of PanDA, and each way of getting none, leaves behind."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from app.models import Task
from jobs.deliver import deliver_next
from tests.jobs.bench import Bench

SUBMIT = "task/submit"
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def answers(status: int, body: str | dict) -> dict[str, Any]:
    """The wish for an answer that the simulated PanDA gives instead of its own, without doing anything."""
    text = (
        body if isinstance(body, str) else json.dumps({"success": False, "message": "", "data": None} | body)
    )
    return {"method": SUBMIT, "status": status, "content_type": "text/plain", "body": text}


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


# --- refusals --------------------------------------------------------------------------------------

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


# --- what may or may not have been carried out -------------------------------------------------------

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
