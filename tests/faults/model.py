"""The delivery model as a state machine of hypothesis: in no order of events is a task doubled or lost.

Services and steps of the scheduled work run in this process, on a real database, against a real simulator
with its clock stopped.
"""

from collections import Counter
from contextlib import suppress
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from app.domain.permission import Role
from app.domain.task_state import CommandState
from app.extensions import db
from app.models import PandaCommand, Task, User
from app.panda.errors import PandaError
from app.services import held, tasks
from app.services.accounts import NewAccount, make_account
from app.services.installation import RESTORED, create_installation
from app.services.problems import Refusal
from app.services.rules import rules_from
from app.services.tasks import TaskInput, warning_key
from jobs.__main__ import take_over
from jobs.deliver import deliver_next
from jobs.reconcile import reconcile_next
from jobs.refresh import refresh
from jobs.verify import verify_next
from jobs.worker import Step
from tests.build_task import FIELDS
from tests.faults.interruptions import Died, Interruptions, die
from tests.jobs.bench import Bench
from tests.shared_apps import empty_database

MOST_TASKS = 5
TURNS = 30
SUBMIT = {"method": "task/submit", "count": 1}
REFUSAL = '{"success": false, "message": "Type error: no", "data": null}'
TOO_MANY = '{"success": false, "message": "Too many active tasks", "data": 10}'
OUTCOMES: dict[str, dict | None] = {
    "accepted": None,
    "lost after": {"kind": "drop", "moment": "after"},
    "lost before": {"kind": "reset", "moment": "before"},
    "half an answer": {"kind": "half", "moment": "after"},
    "wrong types": {"kind": "wrong_types", "moment": "after"},
    "overloaded": {"kind": "answer", "status": 503},
    "refused": {"kind": "answer", "status": 200, "content_type": "text/plain", "body": REFUSAL},
    "too many": {"kind": "answer", "status": 200, "content_type": "text/plain", "body": TOO_MANY},
}
DEATHS = ("the commit", "the head of POST submit", "POST submit is sent", "POST submit is answered")
MINUTES = (1, 11, 61, 130, -61, 1440, -1440)
NOT_AT_PANDA = {"never sent", CommandState.WITHDRAWN.value, CommandState.REJECTED.value}
SETTLED = {CommandState.WITHDRAWN.value, CommandState.REJECTED.value} | {
    CommandState.ACCEPTED.value,
    CommandState.HELD.value,
    CommandState.GIVEN_UP.value,
}


class Delivery(RuleBasedStateMachine):
    """One example: a new database, a new PanDA, and the steps that hypothesis chooses."""

    bench: Bench
    points: Interruptions

    @initialize(resend=st.booleans(), survivor=st.sampled_from(["oldest", "newest", "mixed"]))
    def begin(self, resend: bool, survivor: str) -> None:
        empty_database(self.bench.app)
        # Else the database would look as if it had been restored: nothing is sent then.
        Path(self.bench.app.config["SENT_JOURNAL"]).unlink(missing_ok=True)
        self.bench.simulator.begin()
        self.bench.simulator.fault("survivor", choice=survivor)
        self.bench.app.config["RESEND_AUTOMATICALLY"] = self.resend = resend
        self.survivor, self.queued = survivor, 0
        self.bench.ahead *= 0
        with self.bench.app.app_context():
            create_installation(self.bench.app.config["INSTANCE_ID"])
            person = NewAccount("model", "A", "Model", "model@example.org", "a password of the model")
            self.user_id = make_account(person, Role.MANAGER, self.bench.now()).id
        self._take_over()

    # --- what people do -------------------------------------------------------------------------------

    @precondition(lambda self: self.queued < MOST_TASKS)
    @rule()
    def queue(self) -> None:
        self.queued += 1
        now, app = self.bench.now(), self.bench.app
        fields = FIELDS | {"run": str(self.queued)}
        with app.app_context():
            user, rules = db.session.get_one(User, self.user_id), rules_from(app.config)
            confirmed = frozenset(map(warning_key, tasks.check_name(fields, None, rules, now)))
            task = tasks.create_task(user, TaskInput(fields, None, 1000, 10, confirmed), rules, now)
            tasks.request_submission(task.id, user, task.version, now)

    @rule(number=st.integers(1, MOST_TASKS))
    def withdraw(self, number: int) -> None:
        with self.bench.app.app_context(), suppress(Refusal):
            task, user = self._task(number)
            tasks.withdraw(task.id, user, task.version, self.bench.now())

    @rule(number=st.integers(1, MOST_TASKS), events=st.integers(1000, 2000))
    def edit(self, number: int, events: int) -> None:
        now, app = self.bench.now(), self.bench.app
        with app.app_context(), suppress(Refusal):
            task, user = self._task(number)
            rules, fields = rules_from(app.config), FIELDS | {"run": str(number)}
            confirmed = frozenset(map(warning_key, tasks.check_name(fields, None, rules, now, task.id)))
            given = TaskInput(fields, None, events, 10, confirmed)
            tasks.change_task(task.id, user, task.version, given, rules, now)

    @rule(number=st.integers(1, MOST_TASKS))
    def give_up(self, number: int) -> None:
        with self.bench.app.app_context(), suppress(Refusal):
            task, user = self._task(number)
            held.give_up(task.id, user, task.version, "it is nowhere", self.bench.now())

    def _task(self, number: int) -> tuple[Task, User]:
        """Return the task of this number; NotFound while there is none."""
        user = db.session.get_one(User, self.user_id)
        found = db.session.scalar(select(Task).order_by(Task.id).offset(number - 1).limit(1))
        return tasks.get_task(found.id if found else 0, user), user

    # --- what the scheduled work does -------------------------------------------------------------------

    @rule(outcome=st.sampled_from(sorted(OUTCOMES)))
    def send(self, outcome: str) -> None:
        self._spoil(outcome)
        self._do(deliver_next)
        self._spoil("accepted")

    @rule(word=st.sampled_from(DEATHS), skip=st.integers(0, 3), outcome=st.sampled_from(sorted(OUTCOMES)))
    def die_sending(self, word: str, skip: int, outcome: str) -> None:
        self._spoil(outcome)
        self._die_in(deliver_next, word, skip)
        self._spoil("accepted")

    @rule(skip=st.integers(0, 3))
    def die_looking(self, skip: int) -> None:
        self._die_in(reconcile_next, "the commit", skip)

    @rule(word=st.sampled_from(DEATHS[1:]), looks=st.integers(0, 4))
    def freeze_sending(self, word: str, looks: int) -> None:
        """Another takes over while a holder sends, and looks for its task; then the first goes on."""

        def meanwhile() -> None:
            self._take_over()
            for _ in range(looks):
                self.bench.wait(minutes=70)
                self.look()

        frozen = self.bench.worker(deliver_next)
        self.points.arm(word, 0, meanwhile)
        with self.bench.app.app_context(), suppress(PandaError):
            deliver_next(frozen, self.bench.now())
        self.points.disarm()

    @rule()
    def look(self) -> None:
        self._run(reconcile_next)

    @rule()
    def follow(self) -> None:
        self._run(refresh)
        self._run(verify_next)

    # --- what time does ---------------------------------------------------------------------------------

    @rule(minutes=st.sampled_from(MINUTES))
    def set_clock(self, minutes: int) -> None:
        self.bench.wait(minutes=minutes)

    @rule()
    def let_jedi_work(self) -> None:
        self.bench.simulator.advance(60)

    # --- what must be so --------------------------------------------------------------------------------

    @invariant()
    def every_acceptance_is_known(self) -> None:
        if not self.queued:
            return
        assert self.bench.pause() != RESTORED
        there, commands = self._at_panda(), self._commands()
        for key, ids in there.items():
            state, panda_id = commands[key]
            assert len(ids) <= 1 + self.resend, f"{key} is at PanDA as {ids}"
            assert state not in NOT_AT_PANDA, f"{key} is at PanDA as {ids}, and {state}"
            assert (panda_id in ids) if state == CommandState.ACCEPTED.value else panda_id is None
        for key, (_, panda_id) in commands.items():
            assert panda_id is None or panda_id in there[key], f"{key} has the id {panda_id} of another"

    def teardown(self) -> None:
        """Days later, with nobody in the way, each task is settled or asks a person."""
        if not getattr(self, "queued", 0):
            return
        self._spoil("accepted")
        for _ in range(6):
            if self._states() <= SETTLED:
                break
            self.bench.wait(hours=3)
            self.bench.resume()
            for step in (deliver_next, refresh, verify_next, reconcile_next):
                self.bench.simulator.advance(600)
                self._run(step)
        self.every_acceptance_is_known()
        alive = Counter(one["name"] for one in self.bench.simulator.tasks() if one["alive"])
        assert max(alive.values(), default=0) <= 1, alive
        assert self._states() <= SETTLED

    # --- how ----------------------------------------------------------------------------------------------

    def _spoil(self, outcome: str) -> None:
        self.bench.simulator._session.delete(f"{self.bench.simulator.url}/simulator/faults", timeout=10)
        self.bench.simulator.fault("survivor", choice=self.survivor)
        if wish := OUTCOMES[outcome]:
            self.bench.simulator.fault(**SUBMIT, **wish)

    def _do(self, step: Step) -> bool:
        try:
            return self.bench.step(step)
        except PandaError:
            return False

    def _run(self, step: Step) -> None:
        for _ in range(TURNS):
            if not self._do(step):
                return

    def _die_in(self, step: Step, word: str, skip: int) -> None:
        self.points.arm(word, skip, die)
        with suppress(Died):
            self._do(step)
        if self.points.disarm():
            self._take_over()

    def _take_over(self) -> None:
        """Begin as a new process does."""
        with self.bench.app.app_context():
            self.bench.begin(take_over(self.bench.app))

    def _at_panda(self) -> dict[str, set[int]]:
        there: dict[str, set[int]] = {}
        for one in self.bench.simulator.tasks():
            there.setdefault(one["ticketID"], set()).add(one["id"])
        return there

    def _states(self) -> set[str]:
        return {state for state, _ in self._commands().values()}

    def _commands(self) -> dict[str, tuple[str, int | None]]:
        with self.bench.app.app_context():
            columns = PandaCommand.key, PandaCommand.state, PandaCommand.resent, Task.panda_id
            rows = db.session.execute(select(*columns).join(Task))
            # What is queued to be sent again may be there; what was not sent yet is not.
            return {
                key: ("never sent" if state == "ready" and not resent else state, panda_id)
                for key, state, resent, panda_id in rows
            }
