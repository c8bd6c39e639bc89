"""Tasks for tests, brought to the wanted state by the services that do it in real life."""

from datetime import datetime, timedelta
from itertools import count

from flask import current_app
from sqlalchemy import select

from app.domain.estimate import check_size
from app.domain.permission import Role
from app.domain.task_state import CommandState, TaskState
from app.extensions import db
from app.models import PandaCommand, Task, User
from app.services import delivery, following, held, lost, tasks
from app.services.delivery import Intent
from app.services.holding import begin_epoch
from app.services.lost import SearchRules
from app.services.rules import rules_from
from app.services.tasks import TaskInput, warning_key

FIELDS = {
    "year": "2026",
    "source": "MC",
    "energy": "27",
    "polarization": "UU",
    "description": "minbias",
    "run": "59",
    "data_type": "SIMULATION",
    "dataset": "myDataset.123456.name",
    "version": "1",
}
FIRST_PANDA_ID = 1000
_runs = count(1)


def build_task(
    user: User,
    state: TaskState,
    now: datetime,
    *,
    panda_status: str | None = None,
    panda_id: int | None = None,
    events: int = 1_000_000,
    jobs: int = 1000,
    collision: str | None = None,
    **fields: str,
) -> Task:
    """Return a new task in this state; with a panda_status, a submitted one of which PanDA says so.

    fields replace those of FIELDS; the run number is a new one unless given. Needs an application context.
    """
    named = {**FIELDS, "run": str(next(_runs)), **fields}
    task_id = _draft(user, TaskInput(named, collision, events, jobs), now)
    _bring(task_id, user, TaskState.SUBMITTED if panda_status else state, panda_id, now)
    if panda_status:
        seen = following.PandaState(panda_status, now, None, None, None, None, None)
        following.store_state(task_id, seen, now)
    return db.session.get_one(Task, task_id, populate_existing=True)


def _draft(user: User, given: TaskInput, now: datetime) -> int:
    rules = rules_from(current_app.config)
    problems = tasks.check_name(given.fields, given.collision, rules, now)
    problems += check_size(given.events, given.jobs, rules.limits_of(given.fields))
    confirmed = frozenset(warning_key(problem) for problem in problems if not problem.is_error)
    given = TaskInput(given.fields, given.collision, given.events, given.jobs, confirmed)
    return tasks.create_task(user, given, rules, now).id


def _bring(task_id: int, user: User, state: TaskState, panda_id: int | None, now: datetime) -> None:
    if state is TaskState.DRAFT:
        return
    task = tasks.request_submission(task_id, user, _version(task_id), now)
    if state is TaskState.WITHDRAWN:
        tasks.withdraw(task_id, user, task.version, now)
    elif state is not TaskState.QUEUED:
        _send(task_id, state, panda_id or FIRST_PANDA_ID + task_id, now)


def _send(task_id: int, state: TaskState, panda_id: int, now: datetime) -> None:
    epoch = begin_epoch("tests", now)
    intent = _intend(task_id, epoch, now)
    if state is TaskState.SUBMITTED:
        delivery.record_acceptance(intent.command_id, panda_id, now)
    elif state is TaskState.REJECTED:
        delivery.record_rejection(intent.command_id, "PanDA refused it", epoch, now)
    elif state is not TaskState.SENDING:
        delivery.record_unknown(intent.command_id, "the answer was lost", now, epoch, now)
    if state in {TaskState.HELD, TaskState.GIVEN_UP}:
        lost.record_not_found(intent.command_id, True, _ASK_AT_ONCE, epoch, now)
    if state is TaskState.GIVEN_UP:
        _give_up(task_id, now)


def _give_up(task_id: int, now: datetime) -> None:
    manager = User(id=None, role=Role.MANAGER.value)
    held.give_up(task_id, manager, _version(task_id), "it is nowhere", now)


_NO_TIME = timedelta(0)
_ASK_AT_ONCE = SearchRules(_NO_TIME, _NO_TIME, _NO_TIME, 1, _NO_TIME, resend=False)


def _intend(task_id: int, epoch: int, now: datetime) -> Intent:
    ready = PandaCommand.task_id == task_id, PandaCommand.state == CommandState.READY.value
    command_id = db.session.scalars(select(PandaCommand.id).where(*ready)).one()
    intent = delivery.record_intent(command_id, lambda task, command: "{}", frozenset(), epoch, now)
    assert intent is not None, "nobody else is there to take the command"
    return intent


def _version(task_id: int) -> int:
    return db.session.scalars(select(Task.version).where(Task.id == task_id)).one()
