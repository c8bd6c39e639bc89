"""The search for a lost task: how far it goes, how often, and what does not stop it."""

from collections.abc import Callable

import pytest

from app.models import Task
from app.panda.errors import OutcomeUnknown
from jobs.reconcile import reconcile_next
from tests.jobs.bench import Bench
from tests.jobs.reconcile.looking import FIND, PARAMETERS, alien, look, on_sqlite


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
