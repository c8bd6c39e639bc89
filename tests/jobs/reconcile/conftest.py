"""Fixtures for tests of looking for lost tasks."""

from collections.abc import Callable

import pytest

from app.models import Task
from jobs.deliver import deliver_next
from jobs.refresh import refresh
from tests.jobs.bench import Bench
from tests.jobs.reconcile.looking import SUBMIT


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
