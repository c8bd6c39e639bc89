"""The operator's pages read along indexes, however long the queue is."""

import random
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, text

from app.domain.permission import Role
from app.domain.task_state import CommandState
from app.extensions import db
from app.models import PandaCall, PandaCommand, Task
from app.services.accounts import make_account
from app.services.duplicates import open_duplicates
from app.services.evidence import list_held
from app.services.queue_list import count_open, read_queue, sends_since
from app.services.watching import next_watched
from tests.services.test_list_plans import ACCOUNTS, reads_all, sorts_all

COUNT = 10_000
START = datetime(2026, 1, 1, tzinfo=UTC)
WEEK = timedelta(days=7)
LONG = re.compile(r"(Seq Scan on|SCAN) (panda_command|task|panda_call)( .*)?")


@pytest.fixture
def app(full_app):
    return full_app


def fill():
    """Make as many accepted commands as queued ones, and calls for each."""
    user, dice = make_account(ACCOUNTS[0], Role.PHYSICIST, START), random.Random(1)
    tasks, commands, calls = [], [], []
    for number in range(1, 2 * COUNT + 1):
        at = START + timedelta(seconds=dice.randrange(10**6))
        state = "queued" if number % 2 else "submitted"
        tasks.append(
            {
                "id": number, "name": f"task.{number}", "convention_version": 1, "task_type": "MC",
                "recipe": "SIMULATION", "events": 1000, "jobs": 10, "creator_id": user.id,
                "creator_name": user.username, "state": state,
                "shown_state": state if number % 2 else dice.choice(["running", "done", "aborted"]),
                "state_as_of": at, "priority": 900, "created_at": at, "updated_at": at, "version": 1,
                "jobs_done": 0, "jobs_failed": 0,
            }
        )  # fmt: skip
        commands.append(
            {
                "id": number, "task_id": number, "kind": "submit", "key": str(number), "tries": 0, "looks": 0,
                "state": "ready" if number % 2 else "accepted", "requested_by_id": user.id, "created_at": at,
                "next_at": at, "resent": number % 1000 == 0,
                "watch_until": at + WEEK if number % 1000 == 0 else None,
            }
        )  # fmt: skip
        calls.append(
            {
                "id": number, "started_at": at, "task_id": number, "command_id": number, "verb": "POST",
                "method": dice.choice(["task/submit", "task/get_task_parameters"]), "parameters": "{}",
                "outcome": "ok",
            }
        )  # fmt: skip
    for table, rows in ((Task, tasks), (PandaCommand, commands), (PandaCall, calls)):
        db.session.execute(insert(table), rows)
    db.session.commit()
    db.session.execute(text("ANALYZE"))
    db.session.commit()


def test_the_queue_and_the_watches_are_read_along_their_indexes(app_context, plan_of):
    late = START + timedelta(days=30)

    plans = {
        "queue": plan_of(lambda: read_queue(CommandState.READY, 3, 25, 10_000), "OFFSET"),
        "held": plan_of(lambda: list_held(1, 25, 10_000), "OFFSET"),
        "sends": plan_of(lambda: sends_since(late, 10), "panda_call"),
        "watched": plan_of(lambda: next_watched(START + timedelta(days=3)), "watch_until"),
        "duplicates": plan_of(lambda: open_duplicates(late, WEEK, 50), "error_dialog"),
    }

    assert {name: plan for name, plan in plans.items() if reads_all(plan) or _scans(plan)} == {}
    assert not sorts_all(plans["queue"])


def _scans(plan):
    """Say whether a plan reads the queue or a long table without an index."""
    found = [match[0] for line in plan.split("\n") if (match := LONG.search(line))]
    return any("INDEX" not in line for line in found)


def test_the_queue_is_shown_as_it_is(app_context):
    queue = read_queue(CommandState.READY, 1, 25, 10_000)

    assert (queue.page.total, len(queue.page.rows)) == (COUNT, 25)
    assert count_open()[CommandState.READY] == COUNT
    times = [command.next_at for command in queue.page.rows]
    assert times == sorted(times)
