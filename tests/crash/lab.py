"""Kills the scheduled work again and again on one database, and counts what became of the tasks."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import func, select

from app.domain.task_state import CommandState
from app.extensions import db
from app.models import PandaCommand, Task, User
from app.panda.errors import PandaError
from app.services import tasks
from app.services.rules import rules_from
from app.services.tasks import TaskInput, warning_key
from jobs.__main__ import take_over
from jobs.deliver import deliver_next
from jobs.reconcile import reconcile_next
from jobs.verify import verify_next
from jobs.worker import Step, make_reach, make_worker
from tests.build_task import FIELDS
from tests.contract.panda import Simulator
from tests.crash.process import run_process

# A step that is not idle after so many turns never will be.
PATIENCE = 2000
SETTLED = {("submitted", "accepted"), ("rejected", "rejected"), ("withdrawn", "withdrawn")}
UNDECIDED = {("held", "held")}


@dataclass
class Findings:
    """What the runs came to. twice, lost, wrong and unsettled are to be 0; undecided is shown to a person."""

    kills: Counter[str] = field(default_factory=Counter)
    tasks: int = 0
    at_panda: int = 0
    twice: int = 0
    lost: int = 0
    wrong: int = 0
    undecided: int = 0
    unsettled: int = 0


class Lab:
    """One database, one simulator, and processes that are killed."""

    def __init__(self, app: Flask, simulator: Simulator, user_id: int) -> None:
        self.app, self.simulator, self.user_id = app, simulator, user_id
        self.findings = Findings()
        # How far our clock is ahead: nothing that waits for its turn is to hold up these tests.
        self.ahead = timedelta(minutes=5)
        self._runs = 0
        # In which this process holds the work, None when a forked one has taken over since.
        self._epoch: int | None = None
        self._fault: dict | None = None

    def kills_at(self, point: str) -> int:
        return self.findings.kills[point]

    def have_tasks_queued(self, number: int = 1) -> None:
        """Queue as many tasks more as are missing."""
        with self.app.app_context():
            is_ready = PandaCommand.state == CommandState.READY.value
            ready = db.session.scalar(select(func.count()).where(is_ready)) or 0
        for _ in range(number - ready):
            self._queue_task()

    def _queue_task(self) -> None:
        self._runs += 1
        now = datetime.now(UTC)
        fields = FIELDS | {"run": str(self._runs)}
        with self.app.app_context():
            user, rules = db.session.get_one(User, self.user_id), rules_from(self.app.config)
            confirmed = frozenset(map(warning_key, tasks.check_name(fields, None, rules, now)))
            task = tasks.create_task(user, TaskInput(fields, None, 100_000, 100, confirmed), rules, now)
            tasks.request_submission(task.id, user, task.version, now)

    def fault(self, wish: dict | None) -> None:
        """Have PanDA do this wrong from now on, and nothing else."""
        if wish == self._fault:
            return
        self.simulator._session.delete(f"{self.simulator.url}/simulator/faults", timeout=10)
        if wish:
            self.simulator.fault(**wish)
        self._fault = wish

    def practise(self, *steps: Step) -> None:
        """Do the steps in this process: those that are forked then find all SQL compiled.

        It takes over only where another process has held the work since.
        """
        if self._epoch is None:
            self._epoch = self._take_over()
        self._work(steps, self._epoch)

    def run(self, *steps: Step, kill_at: str | None = None) -> list[str]:
        """Start the program, do these steps until they are idle, and return the points that were reached."""
        self._epoch = None
        reached, killed_at = run_process(self.app, lambda: self._work(steps, self._take_over()), kill_at)
        if killed_at:
            self.findings.kills[killed_at] += 1
        return reached

    def _take_over(self) -> int:
        with self.app.app_context():
            return take_over(self.app)

    def _work(self, steps: tuple[Step, ...], epoch: int) -> None:
        reach = make_reach(self.app.config)
        for step in steps:
            worker = make_worker(self.app.config, epoch, reach)
            for _ in range(PATIENCE):
                with self.app.app_context():
                    if not self._is_done(lambda: step(worker, datetime.now(UTC) + self.ahead)):  # noqa: B023  called within this turn of the loop
                        break
            else:
                raise TimeoutError(step.__name__)

    @staticmethod
    def _is_done(do: Callable[[], bool]) -> bool:
        try:
            return do()
        except PandaError:
            return False

    def tidy_up(self) -> None:
        """Go on three hours later without any kill or fault: what is lost is found, or held for a person.

        JEDI names every task, so a lost one is found by its key; one that is not found is held when it was
        not found the last time either.
        """
        self.ahead += timedelta(hours=3)
        self.fault(None)
        self.simulator.advance(3600)
        self.run(deliver_next, verify_next, reconcile_next, verify_next)

    def settle(self) -> None:
        """Go on until nothing can change any more."""
        for _ in range(3):
            self.tidy_up()

    def count(self) -> Findings:
        """Compare what we know with what PanDA has."""
        at_panda = Counter(there["ticketID"] for there in self.simulator.tasks())
        key_of = {there["id"]: there["ticketID"] for there in self.simulator.tasks()}
        found = self.findings
        found.at_panda = sum(at_panda.values())
        with self.app.app_context():
            rows = db.session.execute(
                select(PandaCommand.key, PandaCommand.state, Task.state, Task.panda_id).join(Task)
            ).all()
        found.tasks = len(rows)
        for key, command_state, state, panda_id in rows:
            found.twice += at_panda[key] > 1
            found.lost += bool(at_panda[key]) and panda_id is None
            found.wrong += panda_id is not None and key_of.get(panda_id) != key
            found.undecided += (state, command_state) in UNDECIDED
            found.unsettled += (state, command_state) not in SETTLED | UNDECIDED
        found.lost += len(set(at_panda) - {key for key, *_ in rows})
        return found
