"""Any order of clicks, sends, deaths, late answers, looks and clocks: run as many as one has time for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.contract.panda import Simulator
from tests.faults.interruptions import interruptions
from tests.faults.model import Delivery
from tests.jobs.bench import Bench
from tests.simulator.program import Program

pytestmark = [pytest.mark.faults, pytest.mark.own_app]

USUAL = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
# Without shrinking: a failure is told within seconds.
SHORT = settings(
    USUAL, max_examples=8, stateful_step_count=20, derandomize=True, phases=(Phase.explicit, Phase.generate)
)
# pytest tests/faults/test_model.py --hypothesis-profile faults
settings.register_profile("faults", USUAL, max_examples=300, stateful_step_count=40)


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    program = Program(tmp_path / "simulator")
    simulator = Simulator(program.url)
    yield simulator
    simulator._session.close()
    program.stop()


@pytest.fixture
def settings_of_app(simulator: Simulator, tmp_path: Path) -> dict:
    token = tmp_path / "token"
    token.write_text(simulator.token())
    return {"PANDA_URL": simulator.url, "PANDA_TOKEN_FILE": str(token), "RECONCILE_ID_WINDOW": 8}


@pytest.fixture(name="settings")
def _settings(settings_of_app: dict) -> dict:
    return settings_of_app


def test_no_order_of_events_doubles_or_loses_a_task(app: Flask, simulator: Simulator):
    is_long = settings.get_current_profile_name() == "faults"
    with interruptions(app) as points:

        class Machine(Delivery):
            bench = Bench(app, simulator, 0)

        Machine.points = points
        run_state_machine_as_test(Machine, settings=settings.get_profile("faults") if is_long else SHORT)
