"""Kills the scheduled work while it asks PanDA to do something with a task, and counts what became of it."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from app.domain.task_state import CommandKind
from app.domain.wish import Wish
from app.extensions import db
from app.models import PandaCommand, Task, User
from app.services import commands, following
from app.services.following import PandaState
from jobs.deliver import deliver_next
from jobs.effects import watch_effects
from jobs.refresh import refresh
from tests.crash.lab import Lab

ASK = (deliver_next, watch_effects)
CLOSED = {"seen", "unseen", "rejected", "withdrawn", "replaced"}
REFUSAL = json.dumps({"success": False, "message": "Command rejected: not now", "data": 4})


# An order that does harm when it is repeated.
KIND = CommandKind.PAUSE
SAYS = {"kind": "answer", "method": "task/pause", "content_type": "text/plain"}
IS_PREPARED = "before the head of POST pause"
# PanDA takes it, does not answer, does not look at it, refuses.
ANSWERS: list[dict | None] = [
    None,
    {"kind": "drop", "method": "task/pause", "moment": "after"},
    SAYS | {"status": 503, "body": "overloaded"},
    SAYS | {"status": 200, "body": REFUSAL},
]


@dataclass
class OrderFindings:
    """What the runs came to; twice and unsettled are to be 0."""

    orders: int = 0
    taken: int = 0
    twice: int = 0
    unsettled: int = 0


class OrderKiller:
    """Plans the kills after what it sees, and carries them out."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.planned: set[str] = set()
        self.kills: Counter[str] = Counter()

    def kill_everywhere(self) -> None:
        for number, answer in enumerate(ANSWERS):
            self._prepare(answer)
            for point in self._worth_it(self.lab.run(*ASK), is_first=not number):
                self._kill_at(f"{number}: {point}", point, answer)

    def _worth_it(self, points: list[str], *, is_first: bool) -> list[str]:
        """Before PanDA is asked all is alike, whatever its answer will be."""
        return points if is_first else points[points.index(IS_PREPARED) :]

    def _kill_at(self, planned: str, point: str, answer: dict | None) -> None:
        self.planned.add(planned)
        self._prepare(answer)
        before = self.lab.kills_at(point)
        self.lab.run(*ASK, kill_at=point)
        self.kills[planned] += self.lab.kills_at(point) - before

    def _prepare(self, answer: dict | None) -> None:
        """Leave one order to be sent. All that the last runs left is settled first."""
        self.lab.fault(None)
        self.lab.ahead += timedelta(minutes=2)
        self.lab.practise(deliver_next)
        self.lab.simulator.advance(30)
        self.lab.practise(refresh, watch_effects)
        have_an_order_waiting(self.lab, KIND)
        self.lab.fault(answer)

    def settle(self) -> None:
        """Go on until every order has shown its effect, or that it has none."""
        self.lab.fault(None)
        for _ in range(12):
            self.lab.simulator.advance(30)
            self.lab.ahead += timedelta(minutes=5)
            self.lab.run(deliver_next, refresh, watch_effects)


def have_an_order_waiting(lab: Lab, kind: CommandKind) -> None:
    """Have a task run at PanDA, and somebody give an order on it."""
    lab._queue_task()
    lab.practise(deliver_next)
    now = datetime.now(UTC)
    with lab.app.app_context():
        task = db.session.scalars(select(Task).order_by(Task.id.desc())).first()
        lab.simulator.set_task(id=task.panda_id, status="running", stays=True)
        following.store_state(task.id, PandaState("running", now, None, None, None, None, None), now)
        user, rules = db.session.get_one(User, lab.user_id), commands.wish_rules_from(lab.app.config)
        wish = Wish(kind, None, "a test")
        commands.request_command(task.id, user, task.version, wish, rules, now)


def count_orders(lab: Lab) -> OrderFindings:
    """Compare what was asked for with what PanDA took."""
    asked = {there["id"]: Counter(there["asked"]) for there in lab.simulator.tasks()}
    found = OrderFindings()
    with lab.app.app_context():
        rows = select(PandaCommand.kind, PandaCommand.state, Task.panda_id).join(Task)
        orders = db.session.execute(rows.where(PandaCommand.kind != CommandKind.SUBMIT.value)).all()
    for kind, state, panda_id in orders:
        times = asked[panda_id][kind]
        found.orders += 1
        found.taken += times > 0
        found.twice += times > 1
        found.unsettled += state not in CLOSED
    return found
