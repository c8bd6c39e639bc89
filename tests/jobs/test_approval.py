"""Approval on the simulated PanDA: nothing is sent that nobody approved, while the setting is on."""

from collections.abc import Callable

import pytest

from app.domain.approval import ApprovalRules
from app.models import Task, User
from app.services.approval import approve
from app.services.intent import record_intent
from app.services.parameters import ParameterBuilder
from jobs.deliver import deliver_next
from tests.jobs.bench import Bench


@pytest.fixture
def task(bench: Bench, make_task: Callable[..., Task]) -> Task:
    bench.app.config["APPROVAL_NEEDED"] = True
    return make_task("queued")


def give(bench: Bench, task: Task, manager: User) -> None:
    with bench.app.app_context():
        approve({task.id: bench.task(task).version}, manager, bench.now())


def test_it_is_sent_once_it_is_approved(bench: Bench, task: Task, make_user: Callable[..., User]):
    bench.run(deliver_next)
    assert (bench.task(task).state, bench.at_panda()) == ("queued", [])

    give(bench, task, make_user("manager"))
    bench.run(deliver_next)

    assert bench.task(task).state == "submitted"


def test_what_waits_goes_when_the_setting_is_switched_off(bench: Bench, task: Task):
    bench.run(deliver_next)
    bench.app.config["APPROVAL_NEEDED"] = False

    bench.run(deliver_next)

    assert bench.task(task).state == "submitted"


def test_what_was_queued_before_waits_once_it_is_switched_on(bench: Bench, make_task: Callable[..., Task]):
    waiting = make_task("queued")
    bench.app.config["APPROVAL_NEEDED"] = True

    bench.run(deliver_next)

    assert bench.task(waiting).state == "queued"


def test_small_tasks_go_without(bench: Bench, make_task: Callable[..., Task]):
    bench.app.config |= {"APPROVAL_NEEDED": True, "APPROVAL_FROM_JOBS": 500}
    small, large = make_task("queued", jobs=499), make_task("queued", jobs=500)

    bench.run(deliver_next)

    assert [bench.task(each).state for each in (small, large)] == ["submitted", "queued"]


def test_it_holds_up_nobody(bench: Bench, task: Task, make_task: Callable[..., Task], make_user):
    approved = make_task("queued", creator=make_user("manager"))

    bench.run(deliver_next)

    assert [bench.task(each).state for each in (task, approved)] == ["queued", "submitted"]


def test_an_approval_that_was_taken_away_takes_back_the_release(bench: Bench, task: Task):
    """Between the choice of what is sent next and the intent to send it."""
    with bench.app.app_context():
        command = bench.command(task).id
        builder, rules = ParameterBuilder(bench.app.config), ApprovalRules.from_settings(bench.app.config)
        sending = record_intent(
            command, builder.text, builder.seeding_recipes(), bench.epoch, bench.now(), rules
        )

    assert sending is None
    assert bench.states(task) == ("queued", "ready", None)
