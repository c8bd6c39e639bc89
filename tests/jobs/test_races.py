"""People and the sender at the same moment: what is sent is what the page shows, whoever is first."""

import json
from collections.abc import Callable
from itertools import count

import pytest

from app.domain.task_state import TaskState
from app.extensions import db
from app.models import PandaCommand, Task, User
from app.services import tasks
from app.services.problems import ChangedMeanwhile, NotPossibleNow
from app.services.rules import rules_from
from app.services.tasks import TaskInput, warning_key
from jobs.deliver import deliver_next
from tests.build_task import FIELDS
from tests.jobs.bench import Bench
from tests.jobs.interleaving import at_once, meeting

PARAMETERS = "task/get_task_parameters"
ROUNDS = 15
REFUSALS = (ChangedMeanwhile, NotPossibleNow)
_versions = count(2)


class Person:
    """Somebody with the task's page open, at the version shown there."""

    def __init__(self, bench: Bench, task: Task) -> None:
        self.bench, self.task = bench, bench.task(task)

    def edit(self) -> str:
        """Change the name and the size, as far as that is possible; return the new name or ""."""
        config, now = self.bench.app.config, self.bench.now()
        fields = FIELDS | {"run": str(self.task.id), "version": str(next(_versions))}
        with self.bench.app.app_context():
            rules, user = rules_from(config), db.session.get_one(User, self.task.creator_id)
            warnings = tasks.check_name(fields, None, rules, now, self.task.id)
            confirmed = frozenset(map(warning_key, warnings))
            given = TaskInput(fields, None, 5_000_000, 2000, confirmed)
            try:
                return tasks.change_task(self.task.id, user, self.task.version, given, rules, now).name
            except REFUSALS:
                return ""

    def withdraw(self) -> bool:
        with self.bench.app.app_context():
            user = db.session.get_one(User, self.task.creator_id)
            try:
                tasks.withdraw(self.task.id, user, self.task.version, self.bench.now())
            except REFUSALS:
                return False
            return True

    def submit(self) -> bool:
        with self.bench.app.app_context():
            user = db.session.get_one(User, self.task.creator_id)
            try:
                tasks.request_submission(self.task.id, user, self.task.version, self.bench.now())
            except REFUSALS:
                return False
            return True


def rounds(make: Callable[[int], bool]) -> int:
    """Repeat until a round says that the two no longer met; return how many did."""
    for number in count():
        if not make(number):
            return number
    raise AssertionError


def assert_sent_as_shown(bench: Bench, task: Task, edited: str) -> None:
    bench.wait(minutes=1)
    bench.run(deliver_next)
    shown = bench.task(task)
    (there,) = bench.at_panda(task)
    sent = json.loads(bench.command(task).payload)
    assert (there["name"], there["id"]) == (shown.name, shown.panda_id)
    assert (sent["taskName"], sent["nEvents"]) == (shown.name, shown.events)
    assert sent["taskName"] in json.dumps(sent["jobParameters"])
    assert edited in {"", shown.name}, "an edit that was accepted is in what was sent"
    assert shown.events == (5_000_000 if edited else 1_000_000)


def test_an_edit_at_any_moment_of_a_send_is_sent_or_refused(bench: Bench, make_task: Callable[..., Task]):
    seen = set()

    def one(number: int) -> bool:
        task = make_task("queued", run=str(number + 1))
        with meeting(bench.app, number, Person(bench, task).edit) as met:
            bench.step(deliver_next)
        assert isinstance(met.result, str), met.result
        assert_sent_as_shown(bench, task, met.result)
        seen.add(bool(met.result))
        return met.took_place

    assert rounds(one) > 15
    assert seen == {True, False}


def test_a_send_at_any_moment_of_an_edit_sends_what_is_shown(bench: Bench, make_task: Callable[..., Task]):
    seen = set()

    def one(number: int) -> bool:
        task = make_task("queued", run=str(number + 1))
        person = Person(bench, task)
        with meeting(bench.app, number, lambda: bench.step(deliver_next)) as met:
            edited = person.edit()
        assert isinstance(met.result, bool), met.result
        assert_sent_as_shown(bench, task, edited)
        seen.add(bool(edited))
        return met.took_place

    assert rounds(one) > 10
    assert seen == {True, False}


def test_a_withdrawal_at_any_moment_of_a_send_keeps_it_from_panda_or_is_refused(
    bench: Bench, make_task: Callable[..., Task]
):
    seen = set()

    def one(number: int) -> bool:
        task = make_task("queued")
        with meeting(bench.app, number, Person(bench, task).withdraw) as met:
            bench.step(deliver_next)
        state, command, _ = bench.states(task)
        assert (state, command, len(bench.at_panda(task))) == (
            ("withdrawn", "withdrawn", 0) if met.result is True else ("submitted", "accepted", 1)
        )
        seen.add(met.result)
        return met.took_place

    assert rounds(one) > 15
    assert seen == {True, False}


def test_edits_and_sends_that_start_together_agree(bench: Bench, make_task: Callable[..., Task]):
    for number in range(ROUNDS):
        task = make_task("queued", run=str(number + 1))
        person = Person(bench, task)

        edited, sent = at_once(person.edit, lambda: bench.step(deliver_next))

        assert isinstance(edited, str), edited
        assert isinstance(sent, bool), sent
        assert_sent_as_shown(bench, task, edited)


@pytest.mark.parametrize("state", ["draft", "queued"])
def test_of_two_editors_exactly_one_wins(bench: Bench, make_task: Callable[..., Task], state: str):
    for number in range(ROUNDS):
        task = make_task(state, run=str(number + 1))
        people = [Person(bench, task) for _ in range(2)]

        names = at_once(*(person.edit for person in people))

        assert sum(bool(name) for name in names) == 1, names
        assert bench.task(task).name == next(filter(None, names))
        assert bench.task(task).version == task.version + 1


def test_two_clicks_queue_a_task_once(bench: Bench, make_task: Callable[..., Task]):
    for _ in range(ROUNDS):
        task = make_task("draft")
        people = [Person(bench, task) for _ in range(2)]

        results = at_once(*(person.submit for person in people))

        with bench.app.app_context():
            commands = db.session.query(PandaCommand).filter_by(task_id=task.id).count()
        assert sorted(results) == [False, True]
        assert (commands, bench.task(task).state) == (1, TaskState.QUEUED.value)


def test_two_holders_by_mistake_send_a_task_once(bench: Bench, make_task: Callable[..., Task]):
    """The guarded rows alone keep a task from being sent twice, even if lock and epoch were of no use."""
    for _ in range(ROUNDS):
        task = make_task("queued")
        other = Bench(bench.app, bench.simulator, bench.epoch)

        at_once(lambda: bench.step(deliver_next), lambda: other.step(deliver_next))  # noqa: B023  called within this turn of the loop
        bench.run(deliver_next)

        assert len(bench.at_panda(task)) == 1
