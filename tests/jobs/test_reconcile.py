"""Looking for a task whose answer was lost: what is found, what is not, and what follows from that."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.models import Task
from app.panda.errors import OutcomeUnknown, PandaUnavailable, Refused
from app.services import delivery, tasks
from app.services.problems import NotPossibleNow
from jobs.deliver import deliver_next
from jobs.reconcile import reconcile_next
from jobs.refresh import refresh
from tests.jobs.bench import Bench

SUBMIT, PARAMETERS, FIND = "task/submit", "task/get_task_parameters", "task/get_tasks_detailed_info_since"
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def settings(settings: dict) -> dict:
    """Search few ids: most of these tests are not about them."""
    return settings | {"RECONCILE_ID_WINDOW": 3}


@pytest.fixture
def lose(bench: Bench, make_task: Callable[..., Task]) -> Callable[..., Task]:
    """lose(at_panda=True) → a task that was sent and whose answer was lost; at PanDA it is, or is not."""

    def make(*, at_panda: bool) -> Task:
        task = make_task("queued")
        bench.simulator.fault("drop", method=SUBMIT, count=1, moment="after" if at_panda else "before")
        bench.step(deliver_next)
        assert bench.states(task) == ("unknown", "unknown", None)
        assert len(bench.at_panda(task)) == at_panda
        bench.wait(seconds=30)
        return task

    return make


@pytest.fixture
def control(bench: Bench, make_task: Callable[..., Task]) -> Callable[[], Task]:
    """control() → a task sent now, which JEDI has named and we have seen so."""

    def make() -> Task:
        task = make_task("queued")
        bench.run(deliver_next)
        bench.simulator.advance(15)
        bench.run(refresh)
        assert bench.task(task).panda_status
        return task

    return make


def look(bench: Bench, times: int = 1, **apart: float) -> None:
    """Look so many times, after a wait each."""
    for _ in range(times):
        bench.wait(**(apart or {"minutes": 11}))
        bench.run(reconcile_next)


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


def alien(bench: Bench, **changes: Any) -> dict:
    """Put a task into PanDA that we have not sent."""
    parameters = {"taskName": "other", "userName": "somebody else", "vo": "spd.nica.jinr"}
    parameters |= {"prodSourceLabel": "managed", "taskType": "prod"} | changes
    return bench.simulator.set_task(parameters=parameters)


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


def test_a_task_that_is_not_found_three_times_is_held_for_a_person(
    bench: Bench, lose: Callable[..., Task], control: Callable[[], Task]
):
    task = lose(at_panda=False)
    control()
    bench.wait(minutes=50)
    seen = []

    for _ in range(4):
        look(bench)
        seen.append((bench.command(task).looks, bench.states(task)[0]))

    assert seen == [(1, "unknown"), (2, "unknown"), (3, "held"), (3, "held")]
    assert bench.states(task) == ("held", "held", None)
    assert "not found" in bench.command(task).waits_for


def test_before_the_quiet_time_is_over_not_found_does_not_count(
    bench: Bench, lose: Callable[..., Task], control: Callable[[], Task]
):
    task = lose(at_panda=False)
    control()

    look(bench, times=5)

    assert (bench.command(task).looks, bench.states(task)[0]) == (0, "unknown")


def test_two_looks_that_follow_closely_count_once(
    bench: Bench, lose: Callable[..., Task], control: Callable[[], Task]
):
    task = lose(at_panda=False)
    control()
    bench.wait(minutes=61)

    for _ in range(5):
        bench.set(bench.command(task), next_at=bench.now())
        bench.run(reconcile_next)
        bench.wait(minutes=1)

    assert bench.command(task).looks == 1


def test_without_a_later_task_to_compare_with_not_found_does_not_count(
    bench: Bench, lose: Callable[..., Task], control: Callable[[], Task]
):
    control()
    task = lose(at_panda=False)
    bench.wait(minutes=61)

    look(bench, times=5)

    assert (bench.command(task).looks, bench.states(task)[0]) == (0, "unknown")


def test_a_later_task_that_panda_does_not_find_either_is_no_control(
    bench: Bench, lose: Callable[..., Task], control: Callable[[], Task]
):
    task = lose(at_panda=False)
    control()
    bench.simulator.begin()
    bench.wait(minutes=61)

    look(bench, times=5)

    assert (bench.command(task).looks, bench.states(task)[0]) == (0, "unknown")


def test_a_task_sent_earlier_is_no_control_although_the_clock_was_put_back(
    bench: Bench, lose: Callable[..., Task], control: Callable[[], Task]
):
    bench.wait(hours=3)
    control()
    bench.wait(hours=-3)
    task = lose(at_panda=False)

    look(bench, times=5, minutes=61)

    assert bench.command(task).looks == 0


def test_without_any_control_a_person_is_asked_after_two_hours(bench: Bench, lose: Callable[..., Task]):
    task = lose(at_panda=False)
    look(bench)
    bench.wait(minutes=100)
    look(bench)
    before = bench.states(task)

    look(bench)

    assert before == ("unknown", "unknown", None)
    assert bench.states(task) == ("held", "held", None)


def test_a_clock_that_is_put_back_does_not_stop_the_count(
    bench: Bench, lose: Callable[..., Task], control: Callable[[], Task]
):
    task = lose(at_panda=False)
    control()
    bench.wait(days=2)
    look(bench)
    bench.wait(days=-2)
    bench.set(bench.command(task), next_at=bench.now())

    look(bench, minutes=61)

    assert bench.command(task).looks == 2


def test_a_clock_that_ran_ahead_does_not_keep_a_lost_task_from_being_looked_for(
    bench: Bench, lose: Callable[..., Task]
):
    task = lose(at_panda=True)
    bench.set(bench.command(task), next_at=bench.now() + timedelta(days=1))

    bench.run(reconcile_next)

    assert bench.states(task)[0] == "submitted"


def test_a_panda_without_its_database_proves_nothing(bench: Bench, lose: Callable[..., Task]):
    task = lose(at_panda=True)
    bench.simulator.fault("database_down")
    bench.wait(hours=3)

    with pytest.raises(Refused):
        bench.step(reconcile_next)

    assert (bench.command(task).looks, bench.states(task)[0]) == (0, "unknown")
    assert bench.command(task).no_control_since is None


def test_a_panda_that_is_away_proves_nothing(bench: Bench, lose: Callable[..., Task], closed_port: int):
    task = lose(at_panda=True)
    bench.app.config["PANDA_URL"] = f"http://127.0.0.1:{closed_port}"
    bench.begin(bench.epoch)
    bench.wait(hours=3)

    with pytest.raises(PandaUnavailable):
        bench.step(reconcile_next)

    assert (bench.command(task).looks, bench.states(task)[0]) == (0, "unknown")


def test_not_found_does_not_count_from_a_holder_that_was_replaced(
    bench: Bench, lose: Callable[..., Task], control: Callable[[], Task]
):
    task = lose(at_panda=False)
    control()
    epoch = bench.epoch
    bench.take_over()
    bench.begin(epoch)

    look(bench, times=3, minutes=61)

    assert (bench.command(task).looks, bench.states(task)[0]) == (0, "unknown")


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


def test_a_look_that_fails_is_repeated_by_itself(bench: Bench, lose: Callable[..., Task]):
    task = lose(at_panda=True)
    bench.simulator.fault("drop", method=PARAMETERS, count=2)
    bench.simulator.fault("html", method=FIND, count=2)

    bench.step(reconcile_next)

    assert bench.states(task)[:2] == ("submitted", "accepted")


def test_a_search_that_fails_does_not_block_the_others(bench: Bench, lose: Callable[..., Task]):
    first, second = lose(at_panda=True), lose(at_panda=True)
    bench.simulator.fault("html", method=FIND, count=4)

    with pytest.raises(OutcomeUnknown):
        bench.step(reconcile_next)
    bench.run(reconcile_next)
    between = bench.states(first)[0], bench.states(second)[0]
    look(bench)

    assert between == ("unknown", "submitted")
    assert bench.states(first)[0] == "submitted"


@on_sqlite
def test_the_search_by_id_ends_with_its_window(bench: Bench, lose: Callable[..., Task]):
    bench.app.config["RECONCILE_ID_WINDOW"] = 30
    task = lose(at_panda=False)
    for number in range(40):
        alien(bench, taskName=f"other.{number}")

    bench.run(reconcile_next)
    first = [call.panda_id for call in bench.calls(PARAMETERS)]
    look(bench)

    assert first == list(range(1, 31))
    assert len(bench.calls(PARAMETERS)) == 30, "what was once read of an id never changes"
    assert bench.states(task)[0] == "unknown"


@on_sqlite
def test_the_search_by_id_ends_where_the_ids_end(bench: Bench, lose: Callable[..., Task]):
    bench.app.config["RECONCILE_ID_WINDOW"] = 200
    lose(at_panda=False)

    bench.run(reconcile_next)

    assert len(bench.calls(PARAMETERS)) == 20


@on_sqlite
def test_the_longer_a_task_is_lost_the_less_often_it_is_looked_for(bench: Bench, lose: Callable[..., Task]):
    bench.app.config["RECONCILE_ID_WINDOW"] = 0
    lose(at_panda=False)
    looks = []

    for _ in range(360):  # an hour in steps of 10 s
        bench.wait(seconds=10)
        looks.append(bench.step(reconcile_next))

    assert sum(looks[:12]) >= 4, "in the first two minutes"
    assert sum(looks[-60:]) <= 2, "in the last ten"


# --- sending again -----------------------------------------------------------------------------------


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
