"""What the benchmarks stand on: a simulator whose calls cost what PanDA's do, and a database."""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask

from app import create_app
from app.cli import migrate_to_head
from app.domain.permission import Role
from app.extensions import db
from app.models import User
from app.services.accounts import NewAccount, make_account
from app.services.holding import begin_epoch
from app.services.installation import create_installation
from jobs.worker import Worker, make_reach, make_worker
from tests.contract.panda import Simulator
from tests.postgresql import postgresql_server
from tests.simulator.program import Program


def options_of(description: str | None, tasks: int) -> argparse.ArgumentParser:
    """Return the options that all benchmarks have: how many tasks, and the database."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--tasks", type=int, default=tasks)
    options.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    return options


@dataclass(frozen=True)
class Ground:
    """A prepared application with one physicist, the simulator it talks to, and the epoch of its holder."""

    app: Flask
    simulator: Simulator
    user: User
    epoch: int
    token: str

    def worker(self) -> Worker:
        with self.app.app_context():
            return make_worker(self.app.config, self.epoch, make_reach(self.app.config))


@contextmanager
def ground(database: str, **settings: object) -> Iterator[Ground]:
    """Prepare it on SQLite or PostgreSQL; PanDA's clock stands still."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spd-bench-")))
        program = Program(folder / "simulator")
        stack.callback(program.stop)
        simulator = Simulator(program.url)
        simulator.begin()
        token = folder / "token"
        token.write_text(simulator.token())
        url = f"sqlite:///{folder}/bench.sqlite"
        if database == "postgresql":
            server = stack.enter_context(postgresql_server(safe=True))
            url = server.url("postgres")
        wanted = {"INSTANCE": folder / "instance", "DATABASE_URL": url, "PANDA_URL": program.url}
        app = create_app({**wanted, "PANDA_TOKEN_FILE": str(token), "SECONDS_TO_UNDO": 0, **settings})
        with app.app_context():
            migrate_to_head()
            create_installation(app.config["INSTANCE_ID"])
            person = NewAccount(
                "physicist", "Bench", "Bench", "physicist@example.org", "a password of the bench"
            )
            user = make_account(person, Role.PHYSICIST, datetime.now(UTC))
            db.session.refresh(user)
            db.session.expunge(user)
            epoch = begin_epoch("bench", datetime.now(UTC))
        yield Ground(app, simulator, user, epoch, token.read_text())
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def costs(simulator: Simulator, method: str, wanted_seconds: float, measured_seconds: float) -> float:
    """Make a method of the simulator cost what PanDA's does; return the wait that was added, seconds."""
    wait = max(0.0, wanted_seconds - measured_seconds)
    if wait:
        simulator.fault("delay", method=method, seconds=wait)
    return wait


def seconds_of(do: Callable[..., object], *values: object) -> float:
    """Return how long a call takes."""
    began = time.perf_counter()
    do(*values)
    return time.perf_counter() - began


def environment_of_panda_client(url: str, token: str) -> None:
    """Set what panda-client reads when it is imported."""
    os.environ |= {
        "PANDA_URL": f"{url}/server/panda", "PANDA_URL_SSL": f"{url}/server/panda",
        "PANDACACHE_URL": f"{url}/server/panda", "PANDA_AUTH": "oidc", "PANDA_VERIFY_HOST": "off",
        "PANDA_AUTH_VO": "spd.nica.jinr:production", "PANDA_AUTH_ID_TOKEN": token,
        "PANDA_BEHIND_REAL_LB": "1",
    }  # fmt: skip
