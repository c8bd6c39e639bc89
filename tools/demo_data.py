"""`make demo-data`: fill an instance with a few hundred believable tasks, for looking around and screenshots.

Everything goes the way of real tasks: the services create and send them, the simulator knows them, the PanDA
calls are on record; only the times are put into the past. Refused in production and on a filled database.
"""

import argparse
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from demo_plan import CREATORS, WORDS_OF_PANDA, PlannedTask, plan  # noqa: E402
from flask import current_app  # noqa: E402
from flask.testing import FlaskClient  # noqa: E402
from sqlalchemy import event, func, select  # noqa: E402

from app import create_app  # noqa: E402
from app.domain.permission import Role  # noqa: E402
from app.domain.task_state import TaskState  # noqa: E402
from app.extensions import db, write_unit  # noqa: E402
from app.models import Holder, PandaCommand, Task, User  # noqa: E402
from app.panda.simulator import create_app as create_simulator  # noqa: E402
from app.services import calls, delivery, following, holding, installation, lost, tasks  # noqa: E402
from app.services.accounts import NewAccount, make_account  # noqa: E402
from app.services.demo_people import memorable_password  # noqa: E402
from app.services.parameters import ParameterBuilder  # noqa: E402
from app.services.rules import rules_from  # noqa: E402
from app.services.tasks import TaskInput  # noqa: E402

SEED = 20_26
FAR = timedelta(days=3650)
OURS = {state.value for state in TaskState}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instance", default="instance")
    instance = Path(parser.parse_args().instance).absolute()
    os.environ["SPD_INSTANCE"] = str(instance)
    os.environ.setdefault("SIMULATOR_FOLDER", str(instance / "simulator"))
    app = create_app()
    with app.app_context():
        _hurry()
        return _fill()


def _hurry() -> None:
    """Demo data may be lost in a power cut: thousands of commits need not wait for the disk."""
    if db.engine.dialect.name == "sqlite":
        event.listen(db.engine, "connect", lambda raw, _record: raw.execute("PRAGMA synchronous=OFF"))


def _fill() -> int:
    if current_app.config["PRODUCTION"]:
        print("Demo data is refused in production.", file=sys.stderr)
        return 1
    if db.session.scalar(select(func.count()).select_from(Task).where(Task.name.like("%.minbias.%"))):
        print("The demo data is there already. For a fresh start: make demo-data INSTANCE=another/folder")
        return 0
    now = datetime.now(UTC)
    people = {username: _person(username, now) for username in CREATORS}
    simulator = create_simulator().test_client()
    # The scheduled work may be running: it must not send what is only being laid out.
    installation.pause_delivery(installation.BY_HAND, "demo data is being made", now)
    try:
        for planned in plan(now, SEED):
            _make(planned, people[planned.creator], simulator)
    finally:
        installation.resume_delivery([installation.BY_HAND])
    print(f"Made {sum(1 for _ in plan(now, SEED))} tasks of {len(people)} creators.")
    return 0


def _person(username: str, now: datetime) -> User:
    user = db.session.scalar(select(User).where(User.username == username))
    if user is not None:
        return user
    first_name, last_name, role = CREATORS[username]
    account = NewAccount(username, first_name, last_name, f"{username}@example.org", memorable_password())
    return make_account(account, Role(role), now)


def _make(planned: PlannedTask, user: User, simulator: FlaskClient) -> None:
    rules, at = rules_from(current_app.config), planned.created_at
    warnings = frozenset(
        tasks.warning_key(problem)
        for problem in tasks.check_name(planned.fields, planned.collision, rules, at)
        if not problem.is_error
    )
    given = TaskInput(planned.fields, planned.collision, planned.events, planned.jobs, warnings)
    task = tasks.create_task(user, given, rules, at)
    if planned.state == "draft":
        return
    task = tasks.request_submission(task.id, user, task.version, at + timedelta(minutes=2))
    if planned.state == "withdrawn":
        tasks.withdraw(task.id, user, task.version, at + timedelta(minutes=3))
        return
    _send(planned, task.id, simulator, at + timedelta(minutes=3))


def _send(planned: PlannedTask, task_id: int, simulator: FlaskClient, at: datetime) -> None:
    command_id = db.session.scalars(select(PandaCommand.id).where(PandaCommand.task_id == task_id)).one()
    builder, epoch = ParameterBuilder(current_app.config), _epoch(at)
    intent = delivery.record_intent(command_id, builder.text, builder.seeding_recipes(), epoch, at)
    if intent is None:
        message = f"task {task_id} could not be sent: somebody else changed it"
        raise SystemExit(message)
    if planned.state in OURS - {"submitted"}:
        _end_unsent(planned.state, command_id, intent.call_id, epoch, at)
        return
    status = planned.state if planned.state != "submitted" else "waiting"
    wish = {"parameters": json.loads(intent.payload), "stays": True}
    wish |= {} if status == "waiting" else {"status": status, "error_dialog": WORDS_OF_PANDA.get(status)}
    jobs = db.session.get_one(Task, task_id).jobs_total or 0
    done = int(jobs * planned.share_done)
    failed = jobs - done if status in {"finished", "failed", "exhausted"} else int(done * 0.02)
    wish |= {"n_finished": done, "n_failed": failed}
    panda_id = simulator.post("/simulator/tasks", json=wish).json["tasks"][0]["id"]
    message = json.dumps(
        {"success": True, "message": f"succeeded. new jediTaskID={panda_id}", "data": panda_id}
    )
    calls.end_call(intent.call_id, calls.CallResult(200, message, calls.OK, 23), at)
    delivery.record_acceptance(command_id, panda_id, at + timedelta(seconds=1))
    if status != "waiting":
        _follow(task_id, status, jobs, done, failed, at)


def _end_unsent(state: str, command_id: int, call_id: int, epoch: int, at: datetime) -> None:
    answers = {
        "rejected": (200, "ArgumentsRefused", "Type error: 'task_parameters' must be of type dict, got str."),
        "unknown": (None, "OutcomeUnknown", "The answer did not come within 60 s."),
        "held": (500, "OutcomeUnknown", "Internal Server Error"),
    }
    status, outcome, words = answers[state]
    calls.end_call(call_id, calls.CallResult(status, words if status else "", outcome, 60_000), at)
    if state == "rejected":
        delivery.record_rejection(command_id, words, epoch, at)
        return
    delivery.record_unknown(command_id, words, at + FAR, epoch, at)
    if state == "held":
        lost.hold(command_id, "not found at PanDA in 3 looks", epoch, at + timedelta(hours=2))


def _follow(task_id: int, status: str, jobs: int, done: int, failed: int, at: datetime) -> None:
    """Store the states a task went through, each with its time."""
    has_run = status not in {"ready", "pending", "broken"}
    path = ["ready", "running", status] if has_run and status not in {"running", "scouting"} else [status]
    for number, word in enumerate(path):
        is_last = number == len(path) - 1
        seen = following.PandaState(
            status=word,
            changed_at=at + timedelta(minutes=1 + 40 * number),
            priority=900,
            jobs_total=jobs,
            jobs_done=done if is_last else 0,
            jobs_failed=failed if is_last else 0,
            error_dialog=WORDS_OF_PANDA.get(word) if is_last else None,
        )
        following.store_state(task_id, seen, at + timedelta(minutes=1 + 40 * number))
    with write_unit() as session:
        session.get_one(Task, task_id).verified_at = at + timedelta(minutes=1)


def _epoch(now: datetime) -> int:
    holder = db.session.get(Holder, 1)
    return holder.epoch if holder else holding.begin_epoch("demo data", now)


if __name__ == "__main__":
    sys.exit(main())
