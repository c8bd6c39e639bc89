"""What is carried out next: its order, whom a child waits for, and that a long queue costs nothing."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import insert, text, update

from app.domain.approval import OFF, ApprovalRules
from app.domain.chain import releases
from app.domain.command import STOPPING, turn_of
from app.domain.task_state import CommandKind
from app.domain.twin import lets_go, trial
from app.extensions import db
from app.models import PandaCommand, Task
from app.services.queue import as_parent, next_command, next_repeat, parent_waited_for, twin_waited_for
from app.services.waiting import read_waiting

COUNT = 10_000
LONGEST = timedelta(minutes=2)
ALL = frozenset(CommandKind)


@pytest.fixture
def queue(app_context, make_user, now):
    """queue(count, **columns) → ids of new commands, one a task; task_… columns are those of the task."""
    user = make_user()
    numbers = iter(range(1, 1_000_000))

    def age(number):
        return now - timedelta(seconds=COUNT - number)

    def fill(count=1, kind=CommandKind.SUBMIT, priority=900, **columns):
        ids = [next(numbers) for _ in range(count)]
        of_task = {name.removeprefix("task_"): columns.pop(name) for name in list(columns) if "task_" in name}
        tasks = [
            {
                "id": number, "name": f"task.{number}", "convention_version": 1, "task_type": "MC",
                "recipe": "SIMULATION", "events": 1000, "jobs": 10, "creator_id": user.id,
                "creator_name": user.username, "state": "queued", "shown_state": "queued",
                "state_as_of": now, "priority": priority, "created_at": now, "updated_at": now,
                "jobs_done": 0, "jobs_failed": 0, "version": 1, **of_task,
            }
            for number in ids
        ]  # fmt: skip
        common = {
            "kind": kind.value, "state": "ready", "requested_by_id": user.id, "created_at": now,
            "turn": turn_of(kind, priority), "tries": 0, "looks": 0, "resent": False, "asks": 0,
        }  # fmt: skip
        commands = [
            {"id": number, "task_id": number, "key": str(number), "next_at": age(number)} | common | columns
            for number in ids
        ]
        db.session.execute(insert(Task), tasks)
        db.session.execute(insert(PandaCommand), commands)
        db.session.commit()
        return ids

    return fill


def drain(now, kinds=ALL):
    """Return the ids of all commands in the order they would be carried out."""
    found = []
    while command := next_command(now, LONGEST, kinds):
        found.append(command.id)
        db.session.execute(update(PandaCommand).where(PandaCommand.id == command.id).values(state="accepted"))
        db.session.commit()
    return found


def test_kills_come_first_then_orders_then_tasks_by_priority_and_age(queue, now):
    low, low_later = queue(2, priority=100)
    [high] = queue(priority=1000)
    [pause] = queue(kind=CommandKind.PAUSE)
    [kill] = queue(kind=CommandKind.KILL)

    assert drain(now) == [kill, pause, high, low, low_later]


def test_only_what_is_allowed_is_carried_out(queue, now):
    queue(3)
    [kill] = queue(kind=CommandKind.KILL)
    queue(kind=CommandKind.RETRY)

    assert drain(now, STOPPING) == [kill]


def test_what_waits_for_its_time_holds_up_nobody(queue, now):
    queue(priority=1000, next_at=now + timedelta(seconds=30))
    [ahead] = queue(priority=900, next_at=now + timedelta(days=1))
    [due] = queue(priority=100)

    assert drain(now) == [ahead, due], "a moment a day away was written by a clock that ran ahead"


@pytest.mark.parametrize(
    ("status", "is_sent"), [(None, False), ("running", False), ("finished", False), ("done", True)]
)
def test_a_child_is_sent_when_its_parent_is_complete(queue, now, status, is_sent):
    [parent] = queue(state="accepted", task_state="submitted", task_panda_status=status)
    [child] = queue(priority=1000, task_parent_id=parent)
    [other] = queue()

    assert drain(now) == ([child, other] if is_sent else [other])


def test_an_order_on_a_child_does_not_wait_for_the_parent(queue, now):
    [parent] = queue(state="accepted", task_panda_status="running")
    [kill] = queue(kind=CommandKind.KILL, task_parent_id=parent, task_state="submitted")

    assert counted() == (1, 0)
    assert drain(now) == [kill]


def test_only_a_kill_is_asked_for_again(queue, now):
    ago = now - timedelta(minutes=5)
    queue(kind=CommandKind.PAUSE, state="asked", next_at=ago)
    queue(kind=CommandKind.KILL, state="asked", next_at=now + timedelta(minutes=1))
    [kill] = queue(kind=CommandKind.KILL, state="asked", next_at=ago)

    assert next_repeat(now).id == kill


def analyse():
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("ANALYZE"))
        db.session.commit()


def test_a_long_queue_is_read_along_its_index(queue, now, plan_of):
    [parent] = queue(state="accepted", task_panda_status="running")
    queue(COUNT - 500)
    queue(500, priority=1000, task_parent_id=parent)
    analyse()

    plans = [
        plan_of(lambda: next_command(now, LONGEST, ALL), "LIMIT"),
        plan_of(lambda: next_command(now, LONGEST, STOPPING), "LIMIT"),
        plan_of(lambda: next_repeat(now), "LIMIT"),
    ]

    assert next_command(now, LONGEST, ALL).id == 2
    assert all("ix_panda_command_state" in plan for plan in plans), plans
    assert not any(
        re.search(r"SCAN panda_command(?! USING INDEX)|Seq Scan on panda_command", plan) for plan in plans
    )
    assert not any("TEMP B-TREE" in plan or "Sort  (" in plan for plan in plans[:1]), plans[0]


def counted():
    """Return how many commands wait for their turn, and how many for another task, as pages show it."""
    waiting = read_waiting(OFF)
    return waiting.for_turn, waiting.for_another


@pytest.mark.parametrize("status", [None, "running", "paused", "exhausted", "done", "finished", "failed"])
@pytest.mark.parametrize(("done", "total"), [(0, None), (0, 10), (9, 10), (10, 10), (11, 10)])
@pytest.mark.parametrize("accepted", [False, True])
def test_the_database_says_of_a_parent_what_the_domain_says(queue, now, status, done, total, accepted):
    """The rule stands twice: in domain/chain.py for pages, and in SQL for the queue."""
    [parent] = queue(
        state="accepted", task_state="submitted", task_panda_status=status,
        task_shown_state=status or "submitted", task_jobs_done=done, task_jobs_total=total,
        task_part_accepted_at=now if accepted else None,
    )  # fmt: skip
    [child] = queue(task_parent_id=parent)

    is_released = releases(as_parent(db.session.get_one(Task, parent)))

    assert counted() == ((1, 0) if is_released else (0, 1))
    assert drain(now) == ([child] if is_released else [])
    assert (parent_waited_for(db.session.get_one(Task, child)) is None) is is_released


TWIN_STATES = [
    ("submitted", None), ("submitted", "running"), ("submitted", "done"), ("submitted", "finished"),
    ("submitted", "failed"), ("submitted", "aborted"), ("submitted", "broken"), ("submitted", "exhausted"),
    ("draft", None), ("queued", None), ("withdrawn", None), ("rejected", None), ("given-up", None),
    ("unknown", None), ("held", None),
]  # fmt: skip


@pytest.mark.parametrize(("state", "status"), TWIN_STATES)
@pytest.mark.parametrize("waived", [False, True])
@pytest.mark.parametrize("parent", [None, "running", "done"])
def test_the_database_says_of_a_twin_what_the_domain_says(queue, now, state, status, waived, parent):
    """With a parent both have to let it go."""
    [twin] = queue(
        state="accepted", task_state=state, task_panda_status=status, task_shown_state=status or state,
        task_jobs_done=1, task_jobs_total=1, task_is_twin=True,
    )  # fmt: skip
    above = queue(state="accepted", task_state="submitted", task_panda_status=parent)
    [waiting] = queue(
        task_waits_for_id=twin, task_parent_id=above[0] if parent else None,
        task_test_waived_at=now if waived else None,
    )  # fmt: skip

    found = trial(as_parent(db.session.get_one(Task, twin)).shown_state, is_waived=waived)
    is_released = lets_go(found) and parent in (None, "done")

    assert lets_go(found) is (waived or status == "done")
    assert counted() == ((1, 0) if is_released else (0, 1))
    assert drain(now) == ([waiting] if is_released else [])
    task = db.session.get_one(Task, waiting)
    assert (parent_waited_for(task) is None and twin_waited_for(task) is None) is is_released


@pytest.mark.parametrize(
    "rules", [OFF, ApprovalRules(True, 0), ApprovalRules(True, 10), ApprovalRules(True, 11)]
)
@pytest.mark.parametrize("approved", [False, True])
@pytest.mark.parametrize("resent", [False, True])
def test_the_database_says_of_approval_what_the_domain_says(queue, now, rules, approved, resent):
    [command] = queue(resent=resent, task_jobs=10, task_approved_at=now if approved else None)
    pause = queue(kind=CommandKind.PAUSE, task_jobs=10, task_state="submitted")

    holds = rules.holds(10, is_approved=approved)
    found = next_command(now, LONGEST, frozenset({CommandKind.SUBMIT}), timedelta(0), rules)

    assert holds is (rules.is_on and rules.from_jobs <= 10 and not approved)
    assert (found.id if found else None) == (None if holds and not resent else command)
    assert next_command(now, LONGEST, ALL, timedelta(0), rules).id == pause[0], (
        "orders are nobody's to approve"
    )


def test_a_submission_waits_until_nobody_can_undo_it_any_more(queue, now):
    undo = timedelta(seconds=5)
    queue(priority=1000, created_at=now - timedelta(seconds=4))
    assert next_command(now, LONGEST, ALL, undo) is None

    [young_kill] = queue(kind=CommandKind.KILL, created_at=now)
    assert next_command(now, LONGEST, ALL, undo).id == young_kill, "an order is given at once"
    db.session.execute(update(PandaCommand).where(PandaCommand.id == young_kill).values(state="accepted"))

    [old] = queue(created_at=now - undo)
    assert next_command(now, LONGEST, ALL, undo).id == old, "the young one holds up nobody"


def test_a_submission_of_a_clock_that_ran_ahead_does_not_wait_for_it(queue, now):
    [ahead] = queue(created_at=now + timedelta(days=1))

    assert next_command(now, LONGEST, ALL, timedelta(seconds=5)).id == ahead
