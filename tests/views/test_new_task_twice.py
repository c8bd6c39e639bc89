"""Two clicks, and two people: one task is made, and everybody is told what happened."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Barrier, Thread

import pytest
import time_machine
from sqlalchemy import select

from app.models import PandaCommand, Task
from tests.views.typing_in import form_of, size, summary_of


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


@pytest.mark.parametrize("action", ["draft", "submit"])
def test_a_double_click_makes_one_task_and_shows_it(browser, ask, action):
    answers = [browser.post("/tasks/new/size", data=size(action=action)) for _ in range(3)]

    [task] = ask(select(Task))
    assert {answer.location for answer in answers} == {f"/tasks/{task.id}"}
    assert len(ask(select(PandaCommand))) == (action == "submit")


def test_saving_and_at_once_submitting_makes_one_task_that_is_submitted(browser, ask):
    for action in ("draft", "submit"):
        browser.post("/tasks/new/size", data=size(action=action))

    assert [task.state for task in ask(select(Task))] == ["queued"]


@pytest.mark.parametrize(
    ("later", "changes"),
    [
        (timedelta(minutes=2), {}),
        (timedelta(0), {"events": "2000"}),
        (timedelta(0), {"collision": "pp"}),
        (timedelta(0), {"tags": "urgent"}),
        (timedelta(0), {"campaign": "2026-spring"}),
        (timedelta(0), {"request": "SPDPROD-1"}),
        (timedelta(0), {"twin": "on"}),
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_same_name_for_another_wish_is_taken(browser, ask, later, changes):
    browser.post("/tasks/new/size", data=size())

    with time_machine.travel(datetime.now(UTC) + later):
        answer = browser.post("/tasks/new/size", data=size(**changes, action="submit"))

    assert answer.status_code == 422
    assert "has this name already" in summary_of(answer)
    assert [task.state for task in ask(select(Task))] == ["draft"]


def together(*steps):
    """Do all steps at the same moment, each in a thread of its own."""
    barrier = Barrier(len(steps))

    def run(step):
        barrier.wait()
        step()

    threads = [Thread(target=run, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_of_two_people_one_gets_the_name_and_the_other_a_clear_word(sign_in, ask):
    browsers = [sign_in("physicist"), sign_in("physicist")]
    answers = {}

    def create(browser):
        answers[browser.user.username] = browser.post("/tasks/new/size", data=size(action="submit"))

    together(*(lambda browser=browser: create(browser) for browser in browsers))

    [task] = ask(select(Task))
    loser = answers.pop(next(name for name in answers if name != task.creator_name))
    [winner] = answers.values()
    assert winner.location == f"/tasks/{task.id}"
    assert loser.status_code == 422
    # While it is not yet submitted it is a draft of somebody else, of which the loser may not know.
    told = f"Task {task.id} of {task.creator_name} has this name already."
    assert told in summary_of(loser) or "This name is taken." in summary_of(loser)
    assert form_of(loser).value("events") == "1000000"


def test_two_clicks_at_the_same_moment_make_one_task(app, sign_in, ask):
    browser = sign_in("physicist")
    other = app.test_client()
    other.set_cookie("spd", browser.get_cookie("spd").value)
    answers = []

    together(
        *(
            lambda each=each: answers.append(each.post("/tasks/new/size", data=size(action="submit")))
            for each in (browser, other)
        )
    )

    assert len(ask(select(Task))) == len(ask(select(PandaCommand))) == 1
    assert all(one.location == two.location for one, two in pairwise(answers))
