"""Several tasks in a row: while one is under way, the next intent is written, and the outcome before it."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from app.domain.task_state import CommandKind
from app.domain.wish import Wish
from app.extensions import db
from app.models import Task, User
from app.services import commands, installation
from app.services.holding import begin_epoch
from app.services.problems import Refusal
from app.services.tasks import withdraw
from jobs.deliver import deliver_next
from tests.jobs.bench import Bench
from tests.jobs.failing_database import at_commit

SUBMIT = "task/submit"
QUEUED, SENDING = ("queued", "ready", None), ("sending", "sending", None)


@pytest.fixture
def tasks(bench: Bench, make_task: Callable[..., Task]) -> list[Task]:
    return [make_task("queued") for _ in range(3)]


def is_sent(bench: Bench, task: Task) -> bool:
    (there,) = bench.at_panda(task)
    return bench.states(task) == ("submitted", "accepted", there["id"])


def meanwhile(bench: Bench, act: Callable[[], object]) -> AbstractContextManager[None]:
    """Do something when the second intent is written: while the first task is under way."""
    bench.simulator.fault("delay", method=SUBMIT, seconds=0.8, count=1)
    return at_commit(bench.app, "INSERT INTO panda_call", act, skip=1)


def noted(bench: Bench) -> list[str]:
    """Return what the journal says, in order."""
    lines = Path(bench.app.config["SENT_JOURNAL"]).read_text().splitlines()
    return [json.loads(line)["what"] for line in lines if line]


def test_a_step_sends_all_that_wait_each_once(bench: Bench, tasks: list[Task]):
    assert bench.step(deliver_next) is True

    assert [there["name"] for there in bench.at_panda()] == [task.name for task in tasks]
    assert all(is_sent(bench, task) for task in tasks)
    assert bench.step(deliver_next) is False


def test_a_step_begins_no_further_one_after_a_while(bench: Bench, tasks: list[Task]):
    with meanwhile(bench, lambda: bench.wait(seconds=3)):
        bench.step(deliver_next)

    assert [len(bench.at_panda(task)) for task in tasks] == [1, 1, 0]
    assert bench.states(tasks[2]) == QUEUED


def test_the_next_intent_is_written_while_one_is_under_way(bench: Bench, tasks: list[Task]):
    seen: list[object] = []

    with meanwhile(bench, lambda: seen.extend([*map(bench.states, tasks), len(bench.at_panda())])):
        bench.step(deliver_next)

    assert seen == [SENDING, SENDING, QUEUED, 0]


def test_a_lost_answer_puts_the_next_one_back(bench: Bench, tasks: list[Task]):
    bench.simulator.fault("drop", method=SUBMIT, moment="after", count=1)

    bench.step(deliver_next)

    assert bench.states(tasks[0]) == ("unknown", "unknown", None)
    assert bench.states(tasks[1]) == QUEUED
    assert len(bench.at_panda()) == 1
    assert noted(bench) == ["sending", "sending", "not sent"]


def test_one_that_was_put_back_is_sent_in_its_turn_as_if_nothing_had_been(bench: Bench, tasks: list[Task]):
    bench.simulator.fault("drop", method=SUBMIT, moment="after", count=1)
    bench.step(deliver_next)
    bench.wait(minutes=1)

    bench.run(deliver_next)

    outcomes = [call.outcome for call in bench.calls(SUBMIT) if call.task_id == tasks[1].id]
    assert is_sent(bench, tasks[1])
    assert is_sent(bench, tasks[2])
    assert outcomes == ["ok"]


def test_a_program_that_is_to_end_sends_no_further_one(bench: Bench, tasks: list[Task]):
    ending: list[bool] = []
    bench.worker(deliver_next).is_stopping = lambda: bool(ending)

    with meanwhile(bench, lambda: ending.append(True)):
        bench.step(deliver_next)

    assert is_sent(bench, tasks[0])
    assert [bench.states(task) for task in tasks[1:]] == [QUEUED, QUEUED]


def pause(bench: Bench) -> None:
    with bench.app.app_context():
        installation.pause_delivery(installation.BY_HAND, "wait", bench.now())


def test_a_pause_holds_the_next_one_back(bench: Bench, tasks: list[Task]):
    with meanwhile(bench, lambda: pause(bench)):
        bench.step(deliver_next)

    assert is_sent(bench, tasks[0])
    assert [bench.states(task) for task in tasks[1:]] == [QUEUED, QUEUED]
    assert len(bench.at_panda()) == 1


def ask_to_kill(bench: Bench, task: Task) -> None:
    with bench.app.app_context():
        user, rules = db.session.get_one(User, task.creator_id), commands.wish_rules_from(bench.app.config)
        wish = Wish(CommandKind.KILL, None, "wrong energy")
        commands.request_command(task.id, user, bench.task(task).version, wish, rules, bench.now())


def test_a_kill_asked_for_meanwhile_comes_before_the_tasks_that_wait(
    bench: Bench, tasks: list[Task], make_task: Callable[..., Task]
):
    bench.step(deliver_next)
    bench.simulator.set_task(id=bench.task(tasks[0]).panda_id, status="running", stays=True)
    bench.set(tasks[0], panda_status="running", shown_state="running")
    more = [make_task("queued") for _ in range(3)]

    with meanwhile(bench, lambda: ask_to_kill(bench, tasks[0])):
        bench.run(deliver_next)

    methods = [call.method for call in bench.calls()]
    assert methods[3:] == [SUBMIT, SUBMIT, "task/kill", SUBMIT]
    assert all(is_sent(bench, task) for task in more)


def test_a_holder_that_was_replaced_meanwhile_sends_no_further_one(bench: Bench, tasks: list[Task]):
    def take_over() -> None:
        with bench.app.app_context():
            begin_epoch("another", bench.now())

    with meanwhile(bench, take_over):
        bench.step(deliver_next)

    assert is_sent(bench, tasks[0])
    assert [len(bench.at_panda(task)) for task in tasks[1:]] == [0, 0]
    bench.take_over()
    bench.wait(minutes=1)
    bench.step(deliver_next)
    assert bench.states(tasks[1]) == ("unknown", "unknown", None), (
        "the new holder cannot know that it never left"
    )
    assert is_sent(bench, tasks[2])


def test_one_that_was_sent_before_is_left_to_a_step_of_its_own(bench: Bench, tasks: list[Task]):
    bench.set(bench.command(tasks[1]), resent=True)
    bench.simulator.fault("drop", method=SUBMIT, moment="after", count=1)

    bench.step(deliver_next)

    assert bench.states(tasks[0])[0] == "unknown"
    assert bench.command(tasks[1]).resent, "put back it would have lost what a person has decided"


def test_after_a_failure_none_is_written_ahead(bench: Bench, tasks: list[Task]):
    refusal = json.dumps({"success": False, "message": "too many", "data": 10})
    busy = {"method": SUBMIT, "status": 200, "content_type": "text/plain", "body": refusal}
    bench.simulator.fault("answer", **busy)
    bench.step(deliver_next)
    bench.wait(minutes=1)
    lines = len(noted(bench))

    bench.step(deliver_next)

    assert noted(bench)[lines:] == ["sending", "not sent"]
    assert bench.task(tasks[2]).version == tasks[2].version


def test_one_put_back_keeps_its_seeds(bench: Bench, tasks: list[Task]):
    bench.simulator.fault("drop", method=SUBMIT, moment="after", count=1)
    bench.step(deliver_next)
    before = bench.task(tasks[1]).seed_first
    bench.wait(minutes=1)

    bench.run(deliver_next)

    assert bench.task(tasks[1]).seed_first == before
    firsts = [bench.task(task).seed_first for task in tasks]
    assert len({*firsts}) == 3


def try_to_withdraw(bench: Bench, task: Task) -> str:
    with bench.app.app_context():
        user = db.session.get_one(User, task.creator_id)
        try:
            withdraw(task.id, user, bench.task(task).version, bench.now())
        except Refusal as refusal:
            return type(refusal).__name__
    return "withdrawn"


def test_one_written_ahead_can_no_more_be_withdrawn(bench: Bench, tasks: list[Task]):
    said: list[str] = []

    with meanwhile(bench, lambda: said.extend(try_to_withdraw(bench, task) for task in tasks[1:])):
        bench.step(deliver_next)

    assert said == ["NotPossibleNow", "withdrawn"]
    assert is_sent(bench, tasks[1])
    assert bench.at_panda(tasks[2]) == []
