"""How fast tasks are sent: so many a minute, and none while answer after answer is lost."""

from collections.abc import Callable
from contextlib import suppress

import pytest

from app.models import Task
from app.panda.errors import PandaError
from jobs.access import check_access
from jobs.deliver import deliver_next
from tests.jobs.bench import Bench

SUBMIT = "task/submit"
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def sends(bench: Bench) -> int:
    return len(bench.calls(SUBMIT))


@on_sqlite
def test_no_more_tasks_are_sent_within_a_minute_than_the_setting_says(
    bench: Bench, make_task: Callable[..., Task]
):
    bench.app.config["SUBMISSIONS_PER_MINUTE"] = 2
    for _ in range(5):
        make_task("queued")
    sent = []

    for _ in range(8):
        bench.run(deliver_next)
        sent.append(sends(bench))
        bench.wait(seconds=20)

    assert sent == [2, 2, 2, 4, 4, 4, 5, 5]


@on_sqlite
def test_without_a_limit_all_are_sent(bench: Bench, make_task: Callable[..., Task]):
    bench.app.config["SUBMISSIONS_PER_MINUTE"] = 0
    for _ in range(3):
        make_task("queued")

    bench.run(deliver_next)

    assert sends(bench) == 3


def test_a_panda_that_answers_no_send_does_not_make_each_task_a_lost_one(
    bench: Bench, make_task: Callable[..., Task]
):
    tasks = [make_task("queued") for _ in range(9)]
    bench.simulator.fault("drop", method=SUBMIT, moment="before")

    bench.run(check_access)
    for _ in range(30):
        with suppress(PandaError):
            bench.run(deliver_next)
        bench.wait(seconds=5)

    states = [bench.states(task)[0] for task in tasks]
    assert states == ["unknown"] * 5 + ["queued"] * 4
    assert bench.pause() == "unanswered"


def test_after_a_rest_one_send_is_tried_and_all_go_when_it_is_answered(
    bench: Bench, make_task: Callable[..., Task]
):
    tasks = [make_task("queued") for _ in range(8)]
    bench.run(check_access)
    bench.simulator.fault("drop", method=SUBMIT, moment="before", count=6)
    bench.run(deliver_next)
    early = bench.pause()
    bench.wait(seconds=301)
    bench.run(check_access)
    bench.run(deliver_next)
    again = bench.pause(), sends(bench)
    bench.wait(seconds=301)

    bench.run(check_access)
    bench.run(deliver_next)

    assert (early, again) == ("unanswered", ("unanswered", 6))
    assert [bench.states(task)[0] for task in tasks[6:]] == ["submitted"] * 2
    assert bench.pause() is None


@on_sqlite
def test_one_answer_between_lost_ones_starts_the_count_anew(bench: Bench, make_task: Callable[..., Task]):
    bench.run(check_access)

    for _ in range(3):
        for _ in range(4):
            make_task("queued")
        bench.simulator.fault("drop", method=SUBMIT, moment="before", count=4)
        bench.run(deliver_next)
        make_task("queued")
        bench.run(deliver_next)

    assert bench.pause() is None
