"""A task whose answer was lost and that is not found: what that proves, and when a person is asked."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.models import Task
from app.panda.errors import PandaUnavailable, Refused
from jobs.reconcile import reconcile_next
from tests.jobs.bench import Bench
from tests.jobs.reconcile.looking import look


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
