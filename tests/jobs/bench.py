"""The scheduled work of one application, one step at a time, with a real simulator behind it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from flask import Flask
from sqlalchemy import select

from app.domain.task_state import CommandState
from app.extensions import db
from app.log_context import logged_with
from app.models import Installation, PandaCall, PandaCommand, ScheduledWork, Task, TaskTransition
from app.panda.client import PandaClient
from app.services import installation
from app.services.holding import begin_epoch
from jobs.worker import Step, Worker, make_reach, make_worker
from tests.contract.panda import Simulator

T = TypeVar("T")

# A step that is not idle after so many turns never will be.
PATIENCE = 500


class Bench:
    """One holder of the scheduled work. What it answers can be read without a session."""

    def __init__(self, app: Flask, simulator: Simulator, epoch: int) -> None:
        self.app, self.simulator, self.epoch = app, simulator, epoch
        self.ahead = timedelta(0)
        self.begin(epoch)

    def begin(self, epoch: int) -> None:
        """Forget what the workers remember, as a new process has."""
        self.epoch, self.reach = epoch, make_reach(self.app.config)
        self._workers: dict[Step, Worker] = {}

    def take_over(self) -> None:
        """Begin an epoch of our own: builders of tasks in later states begin theirs."""
        with self.app.app_context():
            epoch = begin_epoch("tests", self.now())
        self.begin(epoch)

    def worker(self, step: Step) -> Worker:
        if step not in self._workers:
            self._workers[step] = make_worker(self.app.config, self.epoch, self.reach)
            self._workers[step].now = self.now
            self._workers[step].clock = lambda: 1000.0 + self.ahead.total_seconds()
            self.reach._clock = self._workers[step].clock
        return self._workers[step]

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def wait(self, **duration: float) -> None:
        """Let our own time pass; the simulator's clock is another."""
        self.ahead += timedelta(**duration)

    def step(self, step: Step) -> bool:
        with self.app.app_context(), logged_with():  # as run_until_idle does
            return step(self.worker(step), self.now())

    def run(self, step: Step) -> None:
        """Repeat a step until it is idle."""
        for _ in range(PATIENCE):
            if not self.step(step):
                return
        message = f"{step.__name__} is never idle"
        raise TimeoutError(message)

    def ask_panda(self, ask: Callable[[PandaClient], T]) -> T:
        """Ask PanDA with a client of the scheduled work."""
        with self.app.app_context():
            return ask(make_worker(self.app.config, self.epoch, self.reach).panda)

    def task(self, task: Task) -> Task:
        """Return the task as it is now, with its fields and creator."""
        with self.app.app_context():
            found = db.session.get_one(Task, task.id)
            assert found.fields
            assert found.creator.username
            db.session.expunge_all()
            return found

    def command(self, task: Task) -> PandaCommand:
        """Return the last command of the task."""
        with self.app.app_context():
            commands = select(PandaCommand).where(PandaCommand.task_id == task.id)
            found = db.session.scalars(commands.order_by(PandaCommand.id.desc()).limit(1)).first()
            db.session.expunge_all()
            return found

    def states(self, task: Task) -> tuple[str, str, int | None]:
        """Return (state of the task, state of its command, PanDA's id)."""
        with self.app.app_context():
            now = db.session.execute(select(Task.state, Task.panda_id).where(Task.id == task.id)).one()
            command = select(PandaCommand.state).where(PandaCommand.task_id == task.id)
            latest = db.session.scalars(command.order_by(PandaCommand.id.desc()).limit(1)).one()
            return now.state, latest, now.panda_id

    def state(self, task: Task) -> str:
        """Return the state of the task: what one asks for who waits for it."""
        with self.app.app_context():
            return db.session.scalars(select(Task.state).where(Task.id == task.id)).one()

    def calls(self, method: str | None = None) -> list[PandaCall]:
        with self.app.app_context():
            wanted = select(PandaCall).order_by(PandaCall.id)
            found = db.session.scalars(wanted.where(PandaCall.method == method) if method else wanted).all()
            db.session.expunge_all()
            return list(found)

    def history(self, task: Task) -> list[tuple[str | None, str]]:
        with self.app.app_context():
            rows = select(TaskTransition.old, TaskTransition.new).where(TaskTransition.task_id == task.id)
            return [tuple(row) for row in db.session.execute(rows.order_by(TaskTransition.id))]

    def pause(self) -> str | None:
        """Return why delivery is paused, None when it is not."""
        with self.app.app_context():
            return db.session.scalars(select(Installation.paused_for)).one()

    def installation(self) -> Installation:
        with self.app.app_context():
            found = db.session.get_one(Installation, 1)
            db.session.expunge_all()
            return found

    def heartbeat(self, name: str) -> ScheduledWork | None:
        """Return the row of a piece of work that a program does."""
        with self.app.app_context():
            found = db.session.get(ScheduledWork, name)
            db.session.expunge_all()
            return found

    def resume(self) -> None:
        with self.app.app_context():
            installation.resume_delivery()

    def forget_installation(self) -> None:
        """Have the database look as before `flask prepare`."""
        with self.app.app_context():
            db.session.delete(db.session.get_one(Installation, 1))
            db.session.commit()

    def set(self, row: Any, **values: Any) -> None:
        """Write into a row of the database, behind the back of the services."""
        with self.app.app_context():
            found = db.session.get_one(type(row), row.id)
            for name, value in values.items():
                setattr(found, name, value)
            db.session.commit()

    def at_panda(self, task: Task | None = None) -> list[dict]:
        """Return the tasks the simulated PanDA has: all, or those with the key of this one."""
        if task is None:
            return self.simulator.tasks()
        return self.simulator.tasks(ticket_id=self.command(task).key)


def is_undecided(state: str) -> bool:
    return state in {CommandState.UNKNOWN.value, CommandState.HELD.value}
