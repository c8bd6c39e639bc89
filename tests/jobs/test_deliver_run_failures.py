"""Our own side fails while a task is under way and the next one is written down."""

from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from app.models import Task
from jobs.deliver import deliver_next
from jobs.sent_journal import JournalUnwritable
from tests.jobs.bench import Bench
from tests.jobs.failing_database import failing_commit, failing_database
from tests.jobs.test_deliver_failures import Defective
from tests.jobs.test_deliver_run import QUEUED, SUBMIT, ask_to_kill, is_sent, meanwhile, noted

UNKNOWN = ("unknown", "unknown", None)


@pytest.fixture
def tasks(bench: Bench, make_task: Callable[..., Task]) -> list[Task]:
    return [make_task("queued") for _ in range(3)]


def go_on(bench: Bench) -> None:
    """Let time pass until all that waits is due."""
    bench.run(deliver_next)
    bench.wait(minutes=2)
    bench.run(deliver_next)


def test_an_outcome_that_the_database_does_not_take_meanwhile_is_kept(bench: Bench, tasks: list[Task]):
    with failing_database(bench.app, "UPDATE task", "panda_id="), pytest.raises(OperationalError):
        bench.step(deliver_next)
    at_panda = len(bench.at_panda())

    bench.run(deliver_next)

    assert at_panda == 2, "the second was under way when the outcome of the first was not taken"
    assert all(is_sent(bench, task) for task in tasks)


def test_an_intent_that_was_written_but_not_answered_is_taken_back(bench: Bench, tasks: list[Task]):
    unanswered = failing_commit(bench.app, "INSERT INTO panda_call", is_done=True, skip=1)
    with unanswered, pytest.raises(OperationalError):
        bench.step(deliver_next)
    bench.run(deliver_next)
    taken_back = bench.states(tasks[1])
    bench.wait(minutes=2)

    bench.run(deliver_next)

    assert taken_back == QUEUED
    assert all(is_sent(bench, task) for task in tasks)


def test_a_journal_that_takes_no_second_line_holds_back_the_second_task(bench: Bench, tasks: list[Task]):
    journal = Path(bench.app.config["SENT_JOURNAL"])
    away = journal.with_suffix(".away")

    with meanwhile(bench, lambda: journal.rename(away)), pytest.raises(JournalUnwritable):
        bench.step(deliver_next)
    away.rename(journal)
    held_back = len(bench.at_panda(tasks[1]))
    bench.run(deliver_next)
    bench.wait(minutes=1)
    bench.run(deliver_next)

    assert held_back == 0
    assert all(is_sent(bench, task) for task in tasks)


def test_a_database_that_fails_before_the_next_one_is_sent_puts_that_back(bench: Bench, tasks: list[Task]):
    may_submit = failing_database(bench.app, "SELECT installation.id", "paused_for IS NULL")
    with may_submit, pytest.raises(OperationalError):
        bench.step(deliver_next)
    at_panda = len(bench.at_panda())

    bench.step(deliver_next)
    went_on = [bench.states(task)[0] for task in tasks]

    assert at_panda == 1
    assert went_on == ["submitted"] * 3, "none is taken for one that was interrupted"
    assert noted(bench)[:3] == ["sending", "sending", "not sent"]


def test_a_database_that_fails_while_one_is_put_back_does_so_later(bench: Bench, tasks: list[Task]):
    for words in ("DELETE FROM panda_call", "UPDATE panda_command"):
        bench.simulator.fault("drop", method=SUBMIT, moment="after", count=1)
        skip = 2 if words.startswith("UPDATE") else 0
        with failing_database(bench.app, words, skip=skip), suppress(OperationalError):
            bench.step(deliver_next)
        bench.wait(minutes=1)

    go_on(bench)

    assert len(bench.at_panda()) == 3
    assert {len(bench.at_panda(task)) for task in tasks} == {1}
    assert sorted(bench.states(task)[0] for task in tasks)[:1] == ["submitted"]


def test_a_defect_under_way_puts_the_next_one_back(bench: Bench, tasks: list[Task]):
    panda = bench.worker(deliver_next).panda
    bench.worker(deliver_next).panda = None
    with pytest.raises(AttributeError):
        bench.step(deliver_next)
    bench.worker(deliver_next).panda = panda

    bench.step(deliver_next)

    assert bench.states(tasks[0]) == UNKNOWN
    assert is_sent(bench, tasks[1])
    assert is_sent(bench, tasks[2])


def test_a_defect_in_what_is_written_ahead_holds_up_neither_of_the_others(bench: Bench, tasks: list[Task]):
    recipes = bench.app.config["RECIPE_BOOK"]
    book = bench.app.config["RECIPE_BOOK"] = Defective(recipes)
    book.works = 1
    with pytest.raises(ZeroDivisionError):
        bench.step(deliver_next)
    bench.app.config["RECIPE_BOOK"] = recipes
    bench.run(deliver_next)
    waited = bench.states(tasks[1])
    go_on(bench)

    assert waited == QUEUED
    assert all(is_sent(bench, task) for task in tasks)


def test_a_journal_that_cannot_be_told_keeps_no_kill_from_going_out(bench: Bench, tasks: list[Task]):
    journal, asked = Path(bench.app.config["SENT_JOURNAL"]), count()

    def stop_without_journal() -> bool:
        """Asked before the next one is looked for, and when the one under way has landed."""
        if not next(asked):
            return False
        journal.unlink(missing_ok=True)
        return True

    bench.worker(deliver_next).is_stopping = stop_without_journal
    bench.step(deliver_next)
    bench.set(tasks[0], panda_status="running", shown_state="running")
    ask_to_kill(bench, tasks[0])

    with suppress(JournalUnwritable):
        bench.step(deliver_next)

    assert bench.states(tasks[1]) == UNKNOWN, "the journal has it as sent"
    assert [call.method for call in bench.calls()] == [SUBMIT, SUBMIT, "task/kill"]
