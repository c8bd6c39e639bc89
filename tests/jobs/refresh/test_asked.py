"""A task that somebody looks at is read before its turn."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from app.models import Task
from app.panda.errors import OutcomeUnknown, PandaUnavailable
from app.services import following
from jobs.deliver import deliver_next
from jobs.refresh import refresh_asked
from tests.jobs.bench import Bench
from tests.jobs.refresh.seen import DETAILS, state


def ask(bench: Bench, task: Task) -> None:
    with bench.app.app_context():
        following.ask_for_refresh(task.id, bench.now())


def test_a_task_that_somebody_looks_at_is_read_at_once(bench: Bench, send: Callable[..., Task]):
    task = send()
    bench.simulator.advance(15)
    ask(bench, task)

    bench.run(refresh_asked)
    bench.run(refresh_asked)

    assert bench.task(task).shown_state == "ready"
    assert (len(bench.calls(DETAILS)), bench.task(task).refresh_due_at) == (1, None)


def test_a_task_just_accepted_is_asked_for_and_not_found_without_harm(bench: Bench, queued: Task):
    bench.run(deliver_next)

    bench.run(refresh_asked)

    assert bench.task(queued).shown_state == "submitted"
    assert len(bench.calls(DETAILS)) == 1


def test_an_answer_older_than_what_is_shown_is_asked_for_once(
    bench: Bench, send: Callable[..., Task], now: datetime
):
    task = send()
    bench.simulator.advance(15)
    with bench.app.app_context():
        following.store_state(task.id, state("done", now + timedelta(hours=1)), now)
    ask(bench, task)

    bench.run(refresh_asked)

    assert bench.task(task).shown_state == "done"
    assert len(bench.calls(DETAILS)) == 1


def test_a_task_that_cannot_be_read_does_not_keep_others_waiting(bench: Bench, send: Callable[..., Task]):
    first, second = send(), send()
    bench.simulator.advance(15)
    ask(bench, first)
    bench.wait(seconds=1)
    ask(bench, second)
    bench.simulator.fault("html", method=DETAILS, count=1)

    with pytest.raises(OutcomeUnknown):
        bench.step(refresh_asked)
    bench.run(refresh_asked)

    assert [bench.task(task).shown_state for task in (first, second)] == ["submitted", "ready"]


def test_who_looks_while_panda_is_away_is_served_when_it_is_back(
    bench: Bench, send: Callable[..., Task], closed_port: int
):
    task, url = send(), bench.app.config["PANDA_URL"]
    bench.simulator.advance(15)
    ask(bench, task)
    bench.app.config["PANDA_URL"] = f"http://127.0.0.1:{closed_port}"
    bench.begin(bench.epoch)
    with pytest.raises(PandaUnavailable):
        bench.step(refresh_asked)
    bench.app.config["PANDA_URL"] = url
    bench.begin(bench.epoch)

    bench.run(refresh_asked)

    assert bench.task(task).shown_state == "ready"
