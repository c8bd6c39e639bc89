"""A small test on the simulated PanDA: the task behind it goes when it is done, and not before."""

from collections.abc import Callable

import pytest

from app.models import Task, User
from app.services.intent import record_intent
from app.services.parameters import ParameterBuilder
from app.services.waiving import waive_test
from jobs.deliver import deliver_next
from jobs.refresh import refresh
from tests.build_chain import make_planner, make_wish
from tests.jobs.bench import Bench

Pair = tuple[Task, Task]


@pytest.fixture
def pair(bench: Bench, make_user: Callable[..., User]) -> Pair:
    """A submitted task and its twin."""
    with bench.app.app_context():
        wish, user, now = make_wish(["SIMULATION"]), make_user("physicist"), bench.now()
        [task] = make_planner().make(wish, None, user, frozenset(), now, submit=True, with_twin=True)
        return bench.task(task), bench.task(task.waits_for)


def work(bench: Bench) -> None:
    bench.run(deliver_next)
    bench.simulator.advance(300)
    bench.wait(minutes=20)
    bench.run(refresh)


def end(bench: Bench, task: Task, status: str) -> None:
    panda_id = bench.task(task).panda_id
    bench.simulator.set_task(id=panda_id, status=status, stays=True, n_finished=0, n_failed=1, n_bad=0)
    bench.wait(minutes=20)
    bench.run(refresh)


def states(bench: Bench, pair: Pair) -> list[str]:
    return [bench.task(task).shown_state for task in pair]


def test_it_goes_by_itself_when_its_test_is_done(bench: Bench, pair: Pair):
    bench.run(deliver_next)
    assert [there["name"] for there in bench.at_panda()] == [pair[1].name]

    work(bench)
    assert states(bench, pair) == ["queued", "done"]
    work(bench)
    assert states(bench, pair) == ["done", "done"]


@pytest.mark.parametrize("status", ["finished", "failed", "aborted", "broken"])
def test_a_test_that_failed_holds_it_until_a_retry_is_done(bench: Bench, pair: Pair, status: str):
    bench.run(deliver_next)
    end(bench, pair[1], status)

    bench.run(deliver_next)
    assert states(bench, pair) == ["queued", status]
    assert len(bench.at_panda()) == 1

    bench.set(pair[1], panda_status="done", shown_state="done")
    bench.run(deliver_next)
    assert len(bench.at_panda()) == 2


def test_somebody_may_have_it_sent_without_the_test(bench: Bench, pair: Pair):
    bench.run(deliver_next)
    end(bench, pair[1], "failed")
    with bench.app.app_context():
        task = bench.task(pair[0])
        waive_test(task.id, task.creator, task.version, bench.now())

    work(bench)

    assert states(bench, pair) == ["done", "failed"]


def test_a_test_that_begins_anew_takes_back_the_release(bench: Bench, pair: Pair):
    """Between the choice of what is sent next and the intent to send it."""
    bench.run(deliver_next)
    bench.set(pair[1], panda_status="running", shown_state="running")

    with bench.app.app_context():
        command = bench.command(pair[0]).id
        builder = ParameterBuilder(bench.app.config)
        sending = record_intent(command, builder.text, builder.seeding_recipes(), bench.epoch, bench.now())

    assert sending is None
    assert bench.states(pair[0]) == ("queued", "ready", None)
