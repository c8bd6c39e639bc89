"""People who give and take back orders, and the sender, at the same moment: nothing is asked for twice."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.domain.task_state import OPEN_STATES, CommandKind
from app.domain.wish import Wish
from app.extensions import db
from app.models import PandaCommand, Task, User
from app.services import commands, following
from app.services.following import PandaState
from app.services.problems import AnotherOrderOpen, ChangedMeanwhile, NotPossibleNow
from jobs.deliver import deliver_next
from tests.jobs.bench import Bench
from tests.jobs.giving import give, sends, set_status
from tests.jobs.interleaving import at_once, meeting
from tests.jobs.test_races import rounds

KILL, PAUSE, RETRY = CommandKind.KILL, CommandKind.PAUSE, CommandKind.RETRY
REFUSALS = (AnotherOrderOpen, ChangedMeanwhile, NotPossibleNow)
ROUNDS = 8


class Person:
    """Somebody with the task's page open, at the version shown there."""

    def __init__(self, bench: Bench, task: Task) -> None:
        self.bench, self.task = bench, bench.task(task)

    def give(self, kind: CommandKind) -> bool:
        with self.bench.app.app_context():
            user, rules = self._user(), commands.wish_rules_from(self.bench.app.config)
            wish = Wish(kind, None, "because")
            try:
                commands.request_command(self.task.id, user, self.task.version, wish, rules, self.bench.now())
            except REFUSALS:
                return False
            return True

    def take_back(self) -> bool:
        with self.bench.app.app_context():
            user, order = self._user(), commands.find_open_order(self.task.id)
            try:
                commands.take_back(self.task.id, user, order.id if order else 0, self.bench.now())
            except ChangedMeanwhile:
                return False
            return True

    def _user(self) -> User:
        return db.session.get_one(User, self.task.creator_id)


@pytest.fixture
def make_running(bench: Bench, make_task: Callable[..., Task]) -> Callable[[], Task]:
    """make_running() → a task that runs at PanDA."""

    def make() -> Task:
        task = make_task("queued")
        bench.run(deliver_next)
        set_status(bench, task, "running")
        return task

    return make


def orders(bench: Bench, task: Task) -> list[tuple[str, str]]:
    with bench.app.app_context():
        rows = select(PandaCommand.kind, PandaCommand.state).where(PandaCommand.task_id == task.id)
        found = db.session.execute(rows.where(PandaCommand.kind != "submit").order_by(PandaCommand.id))
        return [(kind, state) for kind, state in found]


def are_open(found: list[tuple[str, str]]) -> list[str]:
    return [kind for kind, state in found if state in OPEN_STATES]


def test_of_two_orders_given_together_one_stays(bench: Bench, make_running: Callable[[], Task]):
    for _ in range(ROUNDS):
        task = make_running()
        people = [Person(bench, task) for _ in range(2)]

        given = at_once(lambda: people[0].give(PAUSE), lambda: people[1].give(PAUSE))  # noqa: B023  called within this turn of the loop

        assert sorted(given) == [False, True]
        assert orders(bench, task) == [("pause", "ready")]


def test_of_a_kill_and_another_order_given_together_one_is_open(
    bench: Bench, make_running: Callable[[], Task]
):
    for _ in range(ROUNDS):
        task = make_running()
        people = [Person(bench, task) for _ in range(2)]

        given = at_once(lambda: people[0].give(PAUSE), lambda: people[1].give(KILL))  # noqa: B023  called within this turn of the loop

        assert set(given) <= {True, False}, given
        assert sum(given) == 1, "the second saw another version of the task"
        assert len(are_open(orders(bench, task))) == 1


def test_a_kill_at_any_moment_of_a_send_replaces_the_order_or_is_refused(
    bench: Bench, make_running: Callable[[], Task]
):
    seen = set()

    def one(number: int) -> bool:
        task = make_running()
        give(bench, task, PAUSE)
        person, before = Person(bench, task), sends(bench, PAUSE)
        with meeting(bench.app, number, lambda: person.give(KILL)) as met:
            bench.step(deliver_next)
        assert isinstance(met.result, bool), met.result
        was_sent = sends(bench, PAUSE) - before
        first, *rest = orders(bench, task)
        assert first == ("pause", "replaced" if met.result else "asked")
        assert rest == ([("kill", "ready")] if met.result else [])
        assert was_sent <= 1
        seen.add((met.result, was_sent))
        bench.run(deliver_next)
        return met.took_place

    assert rounds(one) > 10
    assert seen == {(True, 0), (False, 1), (True, 1)}


def test_an_order_taken_back_at_any_moment_of_its_send_is_not_sent_or_stays(
    bench: Bench, make_running: Callable[[], Task]
):
    seen = set()

    def one(number: int) -> bool:
        task = make_running()
        give(bench, task, PAUSE)
        before = sends(bench, PAUSE)
        with meeting(bench.app, number, Person(bench, task).take_back) as met:
            bench.step(deliver_next)
        assert isinstance(met.result, bool), met.result
        expected = ("withdrawn", 0) if met.result else ("asked", 1)
        assert (orders(bench, task)[0][1], sends(bench, PAUSE) - before) == expected
        seen.add(met.result)
        return met.took_place

    assert rounds(one) > 10
    assert seen == {True, False}


def store(bench: Bench, task: Task, status: str) -> bool:
    """Store what the refresh has read."""
    seen = PandaState(status, bench.now(), None, None, None, None, None)
    with bench.app.app_context():
        return following.store_state(task.id, seen, bench.now())


def test_a_state_that_is_stored_at_any_moment_blocks_nobody_who_gives_an_order(
    bench: Bench, make_running: Callable[[], Task]
):
    def one(number: int) -> bool:
        task = make_running()
        person = Person(bench, task)
        with meeting(bench.app, number, lambda: store(bench, task, "done")) as met:
            given = person.give(KILL)
        assert met.result is True, met.result
        assert bench.task(task).shown_state == "done"
        assert len(orders(bench, task)) == given
        return met.took_place

    assert rounds(one) > 5


def test_two_holders_by_mistake_ask_once(bench: Bench, make_running: Callable[[], Task]):
    for _ in range(ROUNDS):
        task = make_running()
        set_status(bench, task, "failed")
        give(bench, task, RETRY)
        other, before = Bench(bench.app, bench.simulator, bench.epoch), sends(bench, RETRY)

        at_once(lambda: bench.step(deliver_next), lambda: other.step(deliver_next))  # noqa: B023  called within this turn of the loop
        bench.run(deliver_next)

        assert sends(bench, RETRY) - before == 1
