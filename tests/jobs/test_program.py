"""The program as a whole: one holds the work and another stands by, and it ends cleanly."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from app.extensions import db
from app.models import Task
from tests.backup import make_backup, restore
from tests.databases import close_database
from tests.jobs.bench import Bench
from tests.jobs.program import JobsProgram, wait_until

ROOT = Path(__file__).parents[2]
HOLDING, STANDING_BY = "holding the scheduled work", "standing by"
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def environment(bench: Bench, database_url: str, tmp_path: Path) -> dict[str, str]:
    """What the program is told."""
    config = bench.app.config
    return {
        "SPD_INSTANCE": str(tmp_path / "instance"),
        "SPD_DATABASE_URL": database_url,
        "SPD_PANDA_URL": config["PANDA_URL"],
        "SPD_PANDA_TOKEN_FILE": config["PANDA_TOKEN_FILE"],
        "SPD_DELIVER_EVERY_SECONDS": "1",
    }


@pytest.fixture
def start(bench: Bench, environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., JobsProgram]]:
    """start(**settings) → a running program; what still runs after the test is killed."""
    started: list[JobsProgram] = []

    def begin(**settings: str) -> JobsProgram:
        close_database(bench.app)  # a connection must not live on in two processes
        program = JobsProgram(environment | settings, tmp_path / f"program{len(started)}.log")
        started.append(program)
        return program

    def end_all() -> None:
        for program in started:
            program.kill()

    begin.end_all = end_all
    yield begin
    end_all()


def wait_for_state(bench: Bench, task: Task, state: str) -> None:
    """Wait for it, asking the database seldom: the program needs the processor."""
    wait_until(
        lambda: bench.state(task) == state, lambda: f"the task is {bench.state(task)}", every_seconds=0.1
    )


def test_a_second_program_stands_by_and_takes_over_when_the_first_is_killed(
    bench: Bench, start: Callable[..., JobsProgram], make_task: Callable[..., Task]
):
    first = start()
    first.wait_until_said(HOLDING)
    second = start()
    second.wait_until_said(STANDING_BY)

    first.kill()
    seconds = second.wait_until_said(HOLDING)
    task = make_task("queued")
    wait_for_state(bench, task, "submitted")

    assert seconds < 10
    assert len(bench.at_panda(task)) == 1
    assert "epoch 3" in second.log.read_text(), "the bench's was 1, the first program's 2"


def test_the_next_holder_looks_for_what_the_killed_one_was_sending(
    bench: Bench, start: Callable[..., JobsProgram], queued: Task
):
    bench.simulator.fault("delay", method="task/submit", seconds=5, moment="after", count=1)
    first = start()
    wait_for_state(bench, queued, "sending")
    wait_until(lambda: bool(bench.at_panda(queued)), lambda: "PanDA has not got it")

    first.kill()
    start()
    wait_for_state(bench, queued, "submitted")

    assert bench.states(queued)[2] == bench.at_panda(queued)[0]["id"]
    assert ("sending", "unknown") in bench.history(queued)


def test_a_program_that_is_told_to_end_finishes_the_item_in_hand(
    bench: Bench, start: Callable[..., JobsProgram], make_task: Callable[..., Task]
):
    tasks = [make_task("queued") for _ in range(2)]
    bench.simulator.fault("delay", method="task/submit", seconds=1.5, moment="after")
    program = start()
    wait_for_state(bench, tasks[0], "sending")

    seconds = program.stop()

    assert program.code == 0
    assert seconds < 10
    assert [bench.task(task).state for task in tasks] == ["submitted", "queued"]
    assert program.said("stopped cleanly")


@on_sqlite
def test_a_program_standing_by_ends_at_once(start: Callable[..., JobsProgram]):
    start().wait_until_said(HOLDING)
    second = start()
    second.wait_until_said(STANDING_BY)

    assert second.stop() < 2
    assert second.code == 0


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_program_that_lost_its_lock_ends_with_a_code_of_its_own(
    bench: Bench, start: Callable[..., JobsProgram]
):
    program = start()
    program.wait_until_said(HOLDING)
    with bench.app.app_context():
        db.session.execute(text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"))
        db.session.commit()

    assert program.wait() == 75
    assert program.said("the lock was lost")


def test_a_database_of_another_installation_sends_nothing(
    bench: Bench, start: Callable[..., JobsProgram], queued: Task
):
    program = start(SPD_INSTANCE_ID="another")
    program.wait_until_said(HOLDING)
    wait_until(lambda: bench.heartbeat("deliver") is not None, program.log.read_text)
    paused = bench.pause()
    program.stop()
    still_there = bench.states(queued)

    start()
    wait_for_state(bench, queued, "submitted")

    assert (paused, still_there) == ("foreign_database", ("queued", "ready", None))


def test_a_restored_database_sends_nothing_when_the_program_starts(
    bench: Bench, start: Callable[..., JobsProgram], make_task: Callable[..., Task]
):
    tasks = [make_task("queued") for _ in range(5)]
    start().wait_until_said(HOLDING)
    wait_for_state(bench, tasks[4], "submitted")
    start.end_all()  # or it might send before the backup is made
    later = [make_task("queued") for _ in range(5)]
    backup = make_backup(bench.app)
    start().wait_until_said(HOLDING)
    wait_for_state(bench, later[4], "submitted")
    start.end_all()
    restore(bench.app, backup)

    start().wait_until_said("nothing is sent")
    for task in later:
        wait_for_state(bench, task, "submitted")

    assert bench.pause() == "restored"
    assert len(bench.at_panda()) == 10, "none was sent a second time"
    assert [bench.states(task)[2] for task in later] == [bench.at_panda(task)[0]["id"] for task in later]


@on_sqlite
def test_settings_that_are_not_fit_are_told_at_the_start(start: Callable[..., JobsProgram]):
    program = start(SPD_PANDA_URL="http://panda.example.org", SPD_NEW_ACCOUNT_ROLE="king")

    assert program.wait() == 2
    assert program.said("PANDA_URL: https is required")
    assert program.said("NEW_ACCOUNT_ROLE")


@on_sqlite
def test_the_module_is_a_program(bench: Bench, environment: dict[str, str], tmp_path: Path, queued: Task):
    log = tmp_path / "module.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "jobs"],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=output,
            stderr=output,
        )
    try:
        wait_for_state(bench, queued, "submitted")
        process.send_signal(signal.SIGTERM)

        assert process.wait(timeout=20) == 0
    finally:
        process.kill()  # else it would go on with the database of the next test
        process.wait()
    assert "stopped cleanly" in log.read_text()
