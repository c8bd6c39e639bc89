"""Workers of the web server, as far as tasks go: they queue, change and withdraw them by the services."""

import mmap
import random
import struct
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.domain.naming import build
from app.domain.permission import Role
from app.domain.task_state import TaskState
from app.extensions import db
from app.models import Task, User
from app.services import tasks
from app.services.accounts import NewAccount, make_account
from app.services.installation import create_installation
from app.services.problems import ChangedMeanwhile, NotFound, NotPossibleNow
from app.services.rules import TaskRules, rules_from
from app.services.tasks import TaskInput, warning_key
from tests.build_task import FIELDS
from tests.databases import close_database
from tests.faults.parent import die_with_parent
from tests.jobs.program import JobsProgram

WORKERS = 4
PERSON = "fault_campaign"
_NUMBER = struct.Struct("q")


class Allowance:
    """Numbers shared by the processes: how many tasks each worker may queue, and how many each has queued."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, (2 * WORKERS + 1) * _NUMBER.size)

    def allow(self, tasks_in_all: float) -> None:
        for worker in range(WORKERS):
            self._set(worker, int((tasks_in_all + worker) // WORKERS))

    def left(self, worker: int) -> int:
        return self._get(worker) - self._get(WORKERS + worker)

    def queued(self, worker: int) -> int:
        return self._get(WORKERS + worker)

    def note_queued(self, worker: int) -> None:
        self._set(WORKERS + worker, self.queued(worker) + 1)

    def total(self) -> int:
        return sum(self.queued(worker) for worker in range(WORKERS))

    def is_used_up(self) -> bool:
        return all(self.left(worker) <= 0 for worker in range(WORKERS))

    def _get(self, place: int) -> int:
        return int(_NUMBER.unpack_from(self._memory, place * _NUMBER.size)[0])

    def _set(self, place: int, number: int) -> None:
        _NUMBER.pack_into(self._memory, place * _NUMBER.size, number)


class WebWorker(JobsProgram):
    """A process that queues tasks as far as it is allowed, and without a seed leaves them as they are.

    Its application is built before it is forked: a new one would take a second.
    """

    def __init__(self, app: Flask, folder: Path, number: int, allowance: Allowance, seed: int | None) -> None:
        self.number = number

        def work() -> int:
            die_with_parent()
            rng = None if seed is None else random.Random(seed)
            while True:
                if allowance.left(number) <= 0:
                    time.sleep(0.05)
                elif _click(app, number, allowance.queued(number), rng):
                    allowance.note_queued(number)

        super().__init__({}, folder / f"web{number}.log", work)


def prepare(app: Flask) -> None:
    """Do what `flask prepare` does, and leave no connection open: others are forked with this application."""
    with app.app_context():
        create_installation(app.config["INSTANCE_ID"])
        person = NewAccount(
            PERSON, "Fault", "Campaign", f"{PERSON}@example.org", "a password of the campaign"
        )
        make_account(person, Role.MANAGER, datetime.now(UTC))
    close_database(app)


def _click(app: Flask, number: int, count: int, rng: random.Random | None) -> bool:
    """Queue one task, and sometimes change or withdraw it; False when the database did not take it."""
    try:
        with app.app_context():
            _queue(app, f"{number + 1}{count:06d}", rng)
    except SQLAlchemyError:
        time.sleep(0.1)
        return False
    return True


def _queue(app: Flask, run: str, rng: random.Random | None) -> None:
    now, rules = datetime.now(UTC), rules_from(app.config)
    user = db.session.scalars(select(User).where(User.username == PERSON)).one()
    given = TaskInput({**FIELDS, "run": run}, None, 100_000, 100, frozenset())
    name = build(rules.convention, given.fields)
    # The database may have taken it before, and its answer was lost.
    task = tasks.find_by_name(name) or tasks.create_task(user, _confirmed(given, rules, now), rules, now)
    if task.state == TaskState.DRAFT.value:
        task = tasks.request_submission(task.id, user, task.version, now)
    if rng is not None:
        _change_mind(task, user, _confirmed(given, rules, now), rules, rng)


def _confirmed(given: TaskInput, rules: TaskRules, now: datetime) -> TaskInput:
    warnings = tasks.check_name(given.fields, None, rules, now)
    return replace(given, confirmed=frozenset(map(warning_key, warnings)))


def _change_mind(task: Task, user: User, given: TaskInput, rules: TaskRules, rng: random.Random) -> None:
    now = datetime.now(UTC)
    try:
        if rng.random() < 0.1:
            time.sleep(rng.random() * 0.2)
            more = replace(given, events=200_000)
            task = tasks.change_task(task.id, user, task.version, more, rules, now)
        if rng.random() < 0.1:
            tasks.withdraw(task.id, user, task.version, now)
    except (ChangedMeanwhile, NotPossibleNow, NotFound):
        pass  # it was sent in between
