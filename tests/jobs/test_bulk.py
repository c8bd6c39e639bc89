"""Actions on many tasks are carried on by the scheduled work, and by the one that holds it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from app.domain.bulk import BulkKind
from app.extensions import db
from app.models import BulkAction, BulkItem, Task, User
from app.services.bulk import Chosen, propose, start
from app.services.bulk_judge import bulk_rules_from
from jobs.bulk import carry_on_next
from tests.jobs.bench import Bench


@pytest.fixture
def submitted(bench: Bench, make_user, make_task):
    """submitted(number) → drafts that an action, which is confirmed, submits."""

    def make(number: int) -> list[Task]:
        user = make_user("physicist")
        tasks = [make_task("draft", creator=user) for _each in range(number)]
        bench.take_over()
        with bench.app.app_context():
            person, now = db.session.get_one(User, user.id), datetime.now(UTC)
            chosen = Chosen([task.id for task in tasks])
            action = propose(person, BulkKind.SUBMIT, chosen, "/tasks", 1000, now)
            start(action.id, person, {}, now)
        return tasks

    return make


def results(bench: Bench) -> list[tuple[str | None, str | None]]:
    with bench.app.app_context():
        return [
            (item.result, item.why) for item in db.session.scalars(select(BulkItem).order_by(BulkItem.id))
        ]


def test_the_scheduled_work_carries_an_action_to_its_end(bench: Bench, submitted):
    tasks = submitted(30)

    bench.run(carry_on_next)

    assert results(bench) == [("done", None)] * 30
    assert {bench.task(task).state for task in tasks} == {"queued"}
    with bench.app.app_context():
        (action,) = db.session.scalars(select(BulkAction))
        assert (action.state, action.ended_at is not None) == ("done", True)


def test_a_worker_whose_work_was_taken_over_does_nothing_more(bench: Bench, submitted):
    submitted(2)
    assert bench.step(carry_on_next)  # who is left out
    assert bench.step(carry_on_next)
    bench.worker(carry_on_next).epoch -= 1

    assert bench.step(carry_on_next) is False

    assert results(bench) == [("done", None), (None, None)]


def test_a_task_that_fails_each_time_keeps_no_other_from_its_turn(bench: Bench, submitted):
    tasks = submitted(3)
    worker = bench.worker(carry_on_next)
    rules = bulk_rules_from(bench.app.config)

    class Failing:
        def preview(self, task: Task) -> Any:
            if task.id == tasks[1].id:
                message = "a recipe that breaks"
                raise ZeroDivisionError(message)
            return rules.builder.preview(task)

    worker.memory["bulk_rules"] = type(rules)(rules.tasks, rules.wishes, Failing())
    failures = 0
    for _each in range(20):
        try:
            if not bench.step(carry_on_next):
                break
        except ZeroDivisionError:
            failures += 1

    assert failures == 2 * 3  # when it is looked at who is left out, and when its turn comes
    assert results(bench) == [("done", None), ("not done", "failed"), ("done", None)]
    assert [bench.task(task).state for task in tasks] == ["queued", "draft", "queued"]
