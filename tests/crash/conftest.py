"""The simulator and the application of the crash tests, and their one line in the summary."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.models import User
from app.services.installation import create_installation
from tests.contract.panda import Simulator
from tests.crash.lab import Lab
from tests.simulator.program import Program

FIGURES = ("kills", "tasks", "twice", "lost", "wrong id", "unsettled", "shown as undecided")


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    """A simulator with its clock stopped: a task that it has accepted stays invisible to JEDI until told."""
    program = Program(tmp_path / "simulator")
    simulator = Simulator(program.url)
    simulator.begin()
    yield simulator
    simulator._session.close()
    program.stop()


@pytest.fixture
def settings(simulator: Simulator, tmp_path: Path) -> dict:
    token = tmp_path / "token"
    token.write_text(simulator.token())
    return {
        "PANDA_URL": simulator.url,
        "PANDA_TOKEN_FILE": str(token),
        # Lost tasks of a killed process stand right above the last id known.
        "RECONCILE_ID_WINDOW": 2,
        # What a person has to decide is not looked for again while these tests run.
        "RECONCILE_PASS_MINUTES": 60 * 24 * 365,
        # How far a running task is, is of no interest here.
        "REFRESH_PROGRESS_SECONDS": 3600 * 24 * 365,
    }


@pytest.fixture
def lab(app: Flask, simulator: Simulator, make_user: Callable[..., User]) -> Lab:
    user = make_user("physicist")
    with app.app_context():
        create_installation(app.config["INSTANCE_ID"])
    return Lab(app, simulator, user.id)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", [])
    found = [dict(report.user_properties) for report in reports if report.when == "call"]
    totals = {name: sum(one[name] for one in found if name in one) for name in FIGURES}
    if totals["tasks"]:
        kills, rest = totals.pop("kills"), ", ".join(f"{name} {number}" for name, number in totals.items())
        terminalreporter.write_line(f"crash runs: {kills} kills, {rest}")
