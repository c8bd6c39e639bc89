"""Sending while our own side fails: the database, the disk, the program, another holder."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app.models import Task
from app.services import delivery
from app.services.holding import begin_epoch
from app.services.intent import record_intent
from jobs.deliver import deliver_next
from tests.jobs.bench import Bench
from tests.jobs.failing_database import at_commit, failing_commit, failing_database

SUBMIT = "task/submit"


def test_without_the_commit_of_the_intent_nothing_is_sent(bench: Bench, queued: Task):
    with failing_commit(bench.app, "INSERT INTO panda_call"), pytest.raises(OperationalError):
        bench.step(deliver_next)

    assert bench.at_panda() == []
    assert bench.states(queued) == ("queued", "ready", None)


def test_a_commit_of_the_intent_that_was_done_but_not_answered_is_taken_back(bench: Bench, queued: Task):
    unanswered = failing_commit(bench.app, "INSERT INTO panda_call", is_done=True)
    with unanswered, pytest.raises(OperationalError):
        bench.step(deliver_next)
    written = bench.states(queued)

    bench.run(deliver_next)
    taken_back = bench.states(queued)
    bench.wait(minutes=2)
    bench.run(deliver_next)

    assert (written[0], taken_back) == ("sending", ("queued", "ready", None))
    assert bench.states(queued)[0] == "submitted"
    assert len(bench.at_panda()) == 1


FAILURES: dict[str, Callable] = {
    "the row of the call": lambda app: failing_database(app, "UPDATE panda_call"),
    "the id": lambda app: failing_database(app, "UPDATE task", "panda_id="),
    "the history": lambda app: failing_database(app, "INSERT INTO task_transition", skip=1),
    "the commit of the id": lambda app: failing_commit(app, "panda_id="),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_an_acceptance_the_database_did_not_take_is_stored_as_soon_as_it_does(
    bench: Bench, queued: Task, failure: Callable
):
    with failure(bench.app), pytest.raises(OperationalError):
        bench.step(deliver_next)
    not_stored = bench.states(queued)

    bench.run(deliver_next)

    (there,) = bench.at_panda(queued)
    assert not_stored == ("sending", "sending", None)
    assert bench.states(queued) == ("submitted", "accepted", there["id"])
    assert bench.calls(SUBMIT)[0].outcome == "ok"


def test_an_acceptance_whose_commit_was_done_but_not_answered_is_no_alarm(bench: Bench, queued: Task):
    with failing_commit(bench.app, "panda_id=", is_done=True), pytest.raises(OperationalError):
        bench.step(deliver_next)

    bench.run(deliver_next)

    assert bench.states(queued)[:2] == ("submitted", "accepted")
    assert bench.pause() is None


def test_a_send_that_did_not_leave_is_taken_back_when_the_database_is_there_again(
    bench: Bench, queued: Task, closed_port: int
):
    bench.app.config["PANDA_URL"] = f"http://127.0.0.1:{closed_port}"
    with failing_database(bench.app, "UPDATE panda_command", "tries"), pytest.raises(OperationalError):
        bench.step(deliver_next)

    bench.run(deliver_next)

    assert bench.states(queued) == ("queued", "ready", None)


def test_what_was_not_stored_when_the_program_ended_is_unknown(bench: Bench, queued: Task):
    with failing_database(bench.app, "UPDATE task", "panda_id="), pytest.raises(OperationalError):
        bench.step(deliver_next)
    bench.take_over()

    bench.run(deliver_next)

    assert bench.states(queued) == ("unknown", "unknown", None)
    assert len(bench.at_panda(queued)) == 1


class Defective(dict):
    """A book of recipes that fails once when something is looked up: the first time, or after so many."""

    works = 0

    def get(self, key: str, default: object = None) -> object:
        self.works -= 1
        if self.works == -1:
            raise ZeroDivisionError
        return super().get(key, default)


def test_a_task_that_cannot_be_prepared_by_a_defect_does_not_hold_up_the_next(
    bench: Bench, make_task: Callable[..., Task]
):
    tasks = [make_task("queued") for _ in range(2)]
    bench.app.config["RECIPE_BOOK"] = Defective(bench.app.config["RECIPE_BOOK"])

    with pytest.raises(ZeroDivisionError):
        bench.step(deliver_next)
    bench.run(deliver_next)

    assert [bench.task(task).state for task in tasks] == ["queued", "submitted"]
    assert bench.command(tasks[0]).waits_for == "ZeroDivisionError"


def test_a_command_that_does_not_fit_its_task_does_not_hold_up_the_next(
    bench: Bench, make_task: Callable[..., Task]
):
    tasks = [make_task("queued") for _ in range(2)]
    bench.set(tasks[0], state="withdrawn")

    for _ in range(3):
        bench.run(deliver_next)

    assert [bench.task(task).state for task in tasks] == ["withdrawn", "submitted"]


def test_a_disk_that_takes_no_log_does_not_keep_a_task_from_being_sent(
    bench: Bench, queued: Task, tmp_path: Path
):
    (tmp_path / "logs").write_text("a file where the folder should be")
    bench.app.config["LOG_FOLDER"] = str(tmp_path / "logs")

    bench.run(deliver_next)

    assert bench.states(queued)[0] == "submitted"


def test_an_error_before_the_send_puts_the_task_back(bench: Bench, queued: Task):
    bench.app.config["TIME_ZONE"] = "Nowhere/Never"

    with pytest.raises(KeyError):
        bench.step(deliver_next)
    bench.app.config["TIME_ZONE"] = "UTC"
    bench.run(deliver_next)

    assert bench.states(queued) == ("queued", "ready", None)
    assert bench.at_panda() == []


# --- another holder has taken over -------------------------------------------------------------------


def take_over(app: Flask) -> None:
    """What another process does when it becomes the holder."""
    with app.app_context():
        delivery.adopt_orphans(begin_epoch("another", datetime.now(UTC)), datetime.now(UTC))


def test_an_acceptance_is_stored_although_another_holder_has_begun(bench: Bench, queued: Task):
    with at_commit(bench.app, "UPDATE panda_call", lambda: take_over(bench.app)):
        bench.step(deliver_next)

    (there,) = bench.at_panda(queued)
    assert bench.states(queued) == ("submitted", "accepted", there["id"])
    assert ("sending", "unknown") in bench.history(queued)


def test_not_sent_does_not_count_from_a_holder_that_was_replaced(
    bench: Bench, queued: Task, closed_port: int
):
    bench.app.config["PANDA_URL"] = f"http://127.0.0.1:{closed_port}"

    with at_commit(bench.app, "UPDATE panda_call", lambda: take_over(bench.app)):
        bench.step(deliver_next)

    assert bench.states(queued) == ("unknown", "unknown", None)


def test_a_refusal_does_not_count_from_a_holder_that_was_replaced(bench: Bench, queued: Task):
    words = '{"success": false, "message": "Type error: no", "data": null}'
    bench.simulator.fault("answer", method=SUBMIT, status=200, content_type="text/plain", body=words)

    with at_commit(bench.app, "UPDATE panda_call", lambda: take_over(bench.app)):
        bench.step(deliver_next)

    assert bench.states(queued) == ("unknown", "unknown", None)


def test_a_holder_replaced_after_its_intent_does_not_send_any_more(bench: Bench, queued: Task):
    with at_commit(bench.app, "INSERT INTO panda_call", lambda: take_over(bench.app)):
        bench.step(deliver_next)

    assert bench.at_panda() == []
    assert bench.states(queued) == ("unknown", "unknown", None)


def test_a_holder_that_was_replaced_sends_nothing_and_rests(bench: Bench, queued: Task):
    take_over(bench.app)

    assert bench.step(deliver_next) is False
    assert bench.at_panda() == []
    assert bench.states(queued) == ("queued", "ready", None)


def test_an_intent_is_written_by_one_of_two(bench: Bench, queued: Task, now: datetime):
    command = bench.command(queued)

    def intend() -> object:
        with bench.app.app_context():
            return record_intent(command.id, lambda task, command: "{}", frozenset(), bench.epoch, now)

    assert (intend() is not None, intend()) == (True, None)


def test_a_send_interrupted_by_an_error_is_looked_for(bench: Bench, queued: Task):
    bench.worker(deliver_next).panda = None

    with pytest.raises(AttributeError):
        bench.step(deliver_next)
    bench.step(deliver_next)

    assert bench.states(queued) == ("unknown", "unknown", None)
    assert bench.calls(SUBMIT)[0].outcome == "OutcomeUnknown"
