"""A task whose answer was lost and that PanDA has: it is found, and is ours only once."""

import json
from collections.abc import Callable

from app.models import Task
from jobs.reconcile import reconcile_next
from tests.jobs.bench import Bench
from tests.jobs.reconcile.looking import FIND, alien, look


def test_a_lost_task_is_found_by_its_id_before_jedi_knows_it(bench: Bench, lose: Callable[..., Task]):
    task = lose(at_panda=True)

    bench.run(reconcile_next)

    (there,) = bench.at_panda(task)
    assert there["status"] == "waiting"
    assert bench.states(task) == ("submitted", "accepted", there["id"])
    assert bench.history(task)[-1] == ("unknown", "submitted")


def test_a_lost_task_is_found_by_its_key_once_jedi_knows_it(bench: Bench, lose: Callable[..., Task]):
    bench.app.config["RECONCILE_ID_WINDOW"] = 0
    task = lose(at_panda=True)
    bench.run(reconcile_next)
    before = bench.states(task)
    bench.simulator.advance(15)

    look(bench)

    assert before == ("unknown", "unknown", None)
    assert bench.states(task) == ("submitted", "accepted", bench.at_panda(task)[0]["id"])


def test_a_lost_task_is_found_by_its_name_too(bench: Bench, lose: Callable[..., Task]):
    bench.app.config["RECONCILE_ID_WINDOW"] = 0
    task = lose(at_panda=True)
    bench.simulator.advance(15)
    nothing = json.dumps({"success": True, "message": "", "data": []})
    bench.simulator.fault("answer", method=FIND, count=1, status=200, content_type="text/plain", body=nothing)

    bench.run(reconcile_next)

    assert bench.states(task) == ("submitted", "accepted", bench.at_panda(task)[0]["id"])


def test_a_task_of_our_name_with_another_key_is_not_ours(bench: Bench, lose: Callable[..., Task]):
    task = lose(at_panda=False)
    alien(bench, taskName=task.name, userName=bench.app.config["PANDA_USER_NAME"], ticketID="another")
    bench.simulator.advance(15)

    bench.run(reconcile_next)

    assert bench.states(task) == ("unknown", "unknown", None)


def test_several_lost_tasks_are_each_found_with_their_own_id(bench: Bench, lose: Callable[..., Task]):
    lost = [lose(at_panda=True) for _ in range(3)]

    bench.run(reconcile_next)

    assert [bench.states(task) for task in lost] == [
        ("submitted", "accepted", bench.at_panda(task)[0]["id"]) for task in lost
    ]


# --- not found ---------------------------------------------------------------------------------------


def test_found_counts_from_a_holder_that_was_replaced(bench: Bench, lose: Callable[..., Task]):
    task = lose(at_panda=True)
    epoch = bench.epoch
    bench.take_over()
    bench.begin(epoch)

    bench.run(reconcile_next)

    assert bench.states(task)[:2] == ("submitted", "accepted")


def test_a_held_task_that_turns_up_is_adopted(bench: Bench, lose: Callable[..., Task]):
    task = lose(at_panda=False)
    look(bench)
    look(bench, minutes=130)
    held = bench.states(task)
    parameters = json.loads(bench.command(task).payload)
    late = bench.simulator.set_task(parameters=parameters)

    look(bench)

    assert held == ("held", "held", None)
    assert bench.states(task) == ("submitted", "accepted", late["id"])


# --- found, but not as it should be ------------------------------------------------------------------


def test_a_task_that_is_found_twice_is_held_with_an_alarm(bench: Bench, lose: Callable[..., Task]):
    task = lose(at_panda=True)
    bench.simulator.set_task(parameters=json.loads(bench.command(task).payload))

    bench.run(reconcile_next)

    assert bench.states(task) == ("held", "held", None)
    assert bench.pause() == "found_twice"


def test_whoever_lifts_the_alarm_is_not_alarmed_again_by_the_same_task(
    bench: Bench, lose: Callable[..., Task]
):
    task = lose(at_panda=True)
    bench.simulator.set_task(parameters=json.loads(bench.command(task).payload))
    bench.run(reconcile_next)
    bench.resume()

    look(bench)

    assert bench.pause() is None
    assert bench.states(task) == ("held", "held", None)


def test_a_found_id_that_another_task_has_is_held_with_an_alarm(
    bench: Bench, make_task: Callable[..., Task], lose: Callable[..., Task]
):
    other = make_task("submitted", panda_id=1)
    bench.take_over()
    task = lose(at_panda=True)
    bench.set(bench.command(task), low_id=0)

    bench.run(reconcile_next)

    assert bench.states(task) == ("held", "held", None)
    assert bench.states(other) == ("submitted", "accepted", 1)
    assert bench.pause() == "found_twice"


# --- looking -----------------------------------------------------------------------------------------
