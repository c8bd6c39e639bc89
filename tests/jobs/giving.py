"""People who give orders, and what became of them."""

from typing import Any

from sqlalchemy import func, select

from app.domain.task_state import CommandKind
from app.domain.wish import Wish
from app.extensions import db
from app.models import PandaCall, Task, User
from app.services import commands
from jobs.deliver import deliver_next
from jobs.effects import watch_effects
from jobs.refresh import refresh_asked
from tests.jobs.bench import Bench

ARGUMENTS = {CommandKind.FINISH: "soft", CommandKind.PRIORITY: "950"}
# A status in which PanDA takes an order of this kind.
WHERE = {CommandKind.RETRY: "failed", CommandKind.RESUME: "paused"}


def give(bench: Bench, task: Task, kind: CommandKind, argument: str | None = None) -> None:
    """Have the creator of a task give an order, at the version the task is at now."""
    wish = Wish(kind, argument or ARGUMENTS.get(kind), "because")
    with bench.app.app_context():
        user = db.session.get_one(User, task.creator_id)
        rules = commands.wish_rules_from(bench.app.config)
        commands.request_command(task.id, user, bench.task(task).version, wish, rules, bench.now())


def set_status(bench: Bench, task: Task, status: str, **more: Any) -> None:
    """Have PanDA and us see the task in this status."""
    bench.simulator.set_task(id=bench.task(task).panda_id, status=status, stays=True, **more)
    look(bench, task)


def look(bench: Bench, task: Task) -> None:
    """Read the state of a task."""
    bench.set(task, refresh_due_at=bench.now())
    bench.run(refresh_asked)


def pass_time(bench: Bench, seconds: float) -> None:
    """Let time pass here and at PanDA; the scheduled work goes on, a turn every four seconds."""
    for _ in range(round(seconds / 4)):
        bench.simulator.advance(4)
        bench.wait(seconds=4)
        for step in (deliver_next, watch_effects, refresh_asked):
            bench.run(step)


def sends(bench: Bench, kind: CommandKind) -> int:
    """Count the orders of this kind that were sent."""
    names = {CommandKind.PRIORITY: "change_priority"}
    method = f"task/{names.get(kind, kind.value)}"
    with bench.app.app_context():
        return db.session.scalars(select(func.count()).where(PandaCall.method == method)).one()
