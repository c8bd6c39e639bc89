"""What is an alarm, and what is not."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import delete, update

from app.models import ScheduledWork, Task
from app.services.installation import pause_delivery, resume_delivery
from tests.services.alarms.watch import Watch


def test_work_that_never_ran_is_an_alarm(watch: Watch):
    watch.change(delete(ScheduledWork))

    assert watch.kinds() == ["no-beat"]


def test_a_panda_that_does_not_answer_is_an_alarm(watch: Watch):
    watch.wait(minutes=9)
    watch.work()
    before = watch.kinds()
    watch.wait(minutes=2)
    watch.work()

    assert (before, watch.kinds()) == ([], ["panda"])
    assert "No answer came from PanDA for 11 min." in watch.text()


@pytest.mark.parametrize(
    ("state", "minutes", "kind"),
    [("queued", 60, "waiting"), ("unknown", 120, "undecided"), ("held", 120, "undecided")],
)
def test_what_lasts_too_long_is_an_alarm(
    watch: Watch, make_task: Callable, state: str, minutes: int, kind: str
):
    make_task(state)
    watch.wait(minutes=minutes - 1)
    watch.beat()
    before = watch.kinds()
    watch.wait(minutes=2)
    watch.beat()

    assert (before, watch.kinds()) == ([], [kind])


def test_a_child_that_waits_for_its_parent_is_no_alarm(watch: Watch, make_task: Callable):
    parent, child = make_task("submitted"), make_task("queued")
    watch.change(update(Task).where(Task.id == child.id).values(parent_id=parent.id))
    watch.wait(minutes=100)
    watch.beat()
    before = watch.kinds()

    watch.change(update(Task).where(Task.id == parent.id).values(shown_state="done"))

    assert (before, watch.kinds()) == ([], ["waiting"])


def test_a_pause_is_an_alarm_with_its_reason(watch: Watch, app: Flask):
    with app.app_context():
        pause_delivery("access", "no production role", watch.now())
    first = watch.kinds()
    text = watch.text()
    with app.app_context():
        resume_delivery()

    assert (first, watch.kinds()) == (["paused"], [])
    assert "PanDA does not accept our credentials." in text
    assert "no production role" in text
