"""Fixtures for tests of the scheduled work: a simulator as a program of its own, and a bench of steps."""

import socket
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask

from app.models import Task, User
from app.services.holding import begin_epoch
from app.services.installation import create_installation
from tests import canaries
from tests.contract.panda import Simulator
from tests.jobs.bench import Bench
from tests.simulator.program import Program


@pytest.fixture(scope="session")
def simulator_program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    program = Program(tmp_path_factory.mktemp("simulator"))
    yield program
    program.stop()


@pytest.fixture(scope="session")
def running_simulator(simulator_program: Program) -> Iterator[Simulator]:
    simulator = Simulator(simulator_program.url)
    yield simulator
    simulator._session.close()


@pytest.fixture
def simulator(running_simulator: Simulator) -> Simulator:
    """The simulator with nothing in it and its clock stopped."""
    running_simulator.begin()
    return running_simulator


@pytest.fixture
def token_file(running_simulator: Simulator, tmp_path: Path) -> Path:
    """A file with a token of the production role."""
    path = tmp_path / "token"
    path.write_text(canaries.watch("the token for PanDA", running_simulator.token()))
    return path


@pytest.fixture
def settings(running_simulator: Simulator, token_file: Path) -> dict:
    return {"PANDA_URL": running_simulator.url, "PANDA_TOKEN_FILE": str(token_file)}


@pytest.fixture
def database_url(app: Flask) -> str:
    """Address of the database of the application."""
    return app.config["SQLALCHEMY_DATABASE_URI"]


@pytest.fixture
def bench(app: Flask, simulator: Simulator, now: datetime) -> Bench:
    """The scheduled work of a prepared application, held by the test."""
    with app.app_context():
        create_installation(app.config["INSTANCE_ID"])
        epoch = begin_epoch("tests", now)
    return Bench(app, simulator, epoch)


@pytest.fixture
def make_task(make_task: Callable[..., Task], make_user: Callable[..., User]) -> Callable[..., Task]:
    """As everywhere, but all tasks of a test are of one person unless it names others: that is quicker."""
    person: list[User] = []

    def make(state: str = "draft", creator: User | None = None, **wanted: object) -> Task:
        if creator is None and not person:
            person.append(make_user("physicist"))
        return make_task(state, creator or person[0], **wanted)

    return make


@pytest.fixture
def queued(make_task: Callable[..., Task]) -> Task:
    """A task that waits to be sent."""
    return make_task("queued")


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of this machine where nobody listens."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))  # bound, so that nobody else gets it, but not listening
        yield holder.getsockname()[1]
