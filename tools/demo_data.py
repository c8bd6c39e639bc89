"""`make demo-data`: fill an instance with a few hundred believable tasks, for looking around and screenshots.

Everything goes the way of real tasks: the services create and send them, the simulator knows them, the PanDA
calls are on record; only the times are put into the past. Refused in production and on a filled database.
"""

import argparse
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from demo_chains import CHAINS, make_chain  # noqa: E402
from demo_labels import label, remark  # noqa: E402
from demo_plan import CREATORS, PlannedTask, plan  # noqa: E402
from demo_sending import send  # noqa: E402
from flask import current_app  # noqa: E402
from flask.testing import FlaskClient  # noqa: E402
from sqlalchemy import event, func, select  # noqa: E402

from app import create_app  # noqa: E402
from app.domain.permission import Role  # noqa: E402
from app.extensions import db  # noqa: E402
from app.models import Task, User  # noqa: E402
from app.panda.simulator import create_app as create_simulator  # noqa: E402
from app.services import installation, tasks  # noqa: E402
from app.services.accounts import NewAccount, make_account  # noqa: E402
from app.services.demo_people import memorable_password  # noqa: E402
from app.services.rules import rules_from  # noqa: E402
from app.services.tasks import TaskInput  # noqa: E402

SEED = 20_26


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
        for chain in CHAINS:
            make_chain(chain, people[chain.creator], simulator, now)
    finally:
        installation.resume_delivery([installation.BY_HAND])
    made = db.session.scalar(select(func.count()).select_from(Task))
    print(f"There are {made} tasks of {len(people)} creators now, {len(CHAINS)} chains among them.")
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
    task = label(tasks.create_task(user, given, rules, at), user, planned.fields["description"], at)
    if planned.state == "draft":
        return
    task = tasks.request_submission(task.id, user, task.version, at + timedelta(minutes=2))
    if planned.state == "withdrawn":
        tasks.withdraw(task.id, user, task.version, at + timedelta(minutes=3))
        return
    send(planned.state, planned.share_done, task.id, simulator, at + timedelta(minutes=3))
    remark(task.id, user, planned.state, at)


if __name__ == "__main__":
    sys.exit(main())
