"""The contract tests clean up after themselves, and tell what a server does otherwise."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.task_state import FINAL_STATUSES
from tests.contract.cleaner import Cleaner
from tests.contract.panda import Panda, Simulator
from tests.contract.recordings import VIEWER
from tests.simulator.program import Program

ROOT = Path(__file__).parents[2]


@pytest.fixture
def own_panda(simulator: Simulator) -> Panda:
    return Panda(simulator.url, simulator.token(), "spd.nica.jinr", simulator)


@pytest.fixture
def cleaner(own_panda: Panda, simulator: Simulator) -> Cleaner:
    """Waits by putting the simulator's clock forward."""
    return Cleaner(own_panda, sleep=simulator.advance)


def test_a_fresh_task_is_killed_as_soon_as_it_can_be(own_panda: Panda, cleaner: Cleaner) -> None:
    task_id = own_panda.submit(own_panda.parameters(nEvents=100_000))

    assert cleaner.sweep(60) == set()

    assert cleaner.ended == {task_id}
    assert own_panda.status(task_id) == "aborted"


def test_a_task_whose_id_nobody_heard_is_found_and_killed(
    own_panda: Panda, cleaner: Cleaner, simulator: Simulator
) -> None:
    own_panda.send_and_leave("task/submit", task_parameters=own_panda.parameters(nEvents=100_000))
    own_panda.submit(own_panda.parameters())  # by then the first one was read
    simulator.advance(20)

    cleaner.sweep(60)

    assert len(cleaner.ended) == 2
    assert {task["status"] for task in simulator.tasks()} <= FINAL_STATUSES


def test_what_does_not_end_is_told(own_panda: Panda, simulator: Simulator) -> None:
    task_id = own_panda.submit(own_panda.parameters())

    assert Cleaner(own_panda, sleep=lambda _seconds: None).sweep(0) == {task_id}


@pytest.fixture
def another_panda(tmp_path: Path) -> Iterator[Program]:
    """A second simulator, which the tests know by its address alone, as they know a real server."""
    program = Program(tmp_path / "another", time_scale=2)
    yield program
    program.stop()


def test_the_tests_run_against_a_server_by_options_alone(another_panda: Program, tmp_path: Path) -> None:
    there = Simulator(another_panda.url)
    files = {"token": there.token(), "outsider": there.token(**VIEWER)}
    for name, token in files.items():
        (tmp_path / name).write_text(token)
    wanted = "kept_at_once or whose_answer_nobody_reads or steers_nothing or exact_header"

    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "tests/contract", "-k", wanted, "-p", "no:cacheprovider"),
            *("--panda-url", there.url, "--panda-token-file", tmp_path / "token"),
            *("--panda-no-role-token-file", tmp_path / "outsider", "--basetemp", tmp_path / "inner"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
    )

    assert done.returncode == 0, done.stdout
    assert "facts that differ from the simulator" in done.stdout
    assert "tasks submitted and ended: 3; still alive: none" in done.stdout
    assert {task["status"] for task in there.tasks()} <= FINAL_STATUSES
    assert len(there.tasks()) == 3
