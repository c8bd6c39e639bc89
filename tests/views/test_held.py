"""The page of tasks that need a decision, and the two decisions."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.extensions import db
from app.models import PandaCommand, Task, TaskTransition
from app.services.delivery import record_acceptance
from tests.views.reading import read

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
COMMENT = "asked at PanDA: it is not there"


@pytest.fixture
def manager(sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    return sign_in("manager")


@pytest.fixture
def state_of(app: Flask) -> Callable[[Task], tuple[str, str]]:
    """state_of(task) → (state of the task, state of its command)."""

    def states(task: Task) -> tuple[str, str]:
        with app.app_context():
            command = db.session.scalars(select(PandaCommand).where(PandaCommand.task_id == task.id)).one()
            return command.task.state, command.state

    return states


def decide(browser: FlaskClient, task: Task, what: str, **changes: str):
    form = {"version": str(task.version), "comment": COMMENT} | changes
    return browser.post(f"/tasks/{task.id}/{what}", data=form)


def last_transition(ask: Callable, task: Task) -> TaskTransition:
    transitions = select(TaskTransition).where(TaskTransition.task_id == task.id)
    return ask(transitions.order_by(TaskTransition.id))[-1]


def test_the_page_shows_what_is_known_of_each_task(manager, make_task, alter):
    task, other = make_task("held"), make_task("unknown")
    alter(update(PandaCommand).where(PandaCommand.task_id == task.id).values(low_id=4711, looks=3))

    answer = manager.get("/held")

    page = read(answer)
    assert page.has(id=f"held-{task.id}")
    assert not page.has(id=f"held-{other.id}")
    words = page.one(id=f"evidence-{task.id}").text
    assert "Not found at PanDA. Looks: 1." in words
    assert "4711" in words
    assert "A later task of ours was found each time" in words
    assert "answer lost" in words or "open" in words, "the outcome of the send"


@on_sqlite
def test_an_empty_page_says_what_it_is_for(manager):
    assert "Nothing to decide" in manager.get("/held").text


def test_a_manager_has_a_task_sent_again(manager, make_task, state_of, ask):
    task = make_task("held")

    answer = decide(manager, task, "send-again")

    assert answer.location == f"/tasks/{task.id}"
    assert state_of(task) == ("unknown", "ready")
    (command,) = ask(select(PandaCommand).where(PandaCommand.task_id == task.id))
    assert (command.resent, command.looks, command.watch_until is not None) == (True, 0, True)
    last = last_transition(ask, task)
    assert (last.new, last.user_id, last.reason) == ("unknown", manager.user.id, COMMENT)


def test_a_manager_gives_a_task_up(manager, make_task, state_of, ask):
    task = make_task("held")

    decide(manager, task, "give-up")

    assert state_of(task) == ("given-up", "given-up")
    last = last_transition(ask, task)
    assert (last.new, last.user_id, last.reason) == ("given-up", manager.user.id, COMMENT)
    assert "Given up." in manager.get(f"/tasks/{task.id}").text


@pytest.mark.parametrize("what", ["send-again", "give-up"])
@pytest.mark.parametrize(("comment", "words"), [("  ", "Say why"), ("x" * 1001, "At most 1000")])
@on_sqlite
def test_without_a_fitting_comment_nothing_is_decided(manager, make_task, state_of, what, comment, words):
    task = make_task("held")

    answer = decide(manager, task, what, comment=comment)

    assert answer.status_code == 422
    assert words in answer.text
    assert comment.strip() in answer.text, "what was typed stays"
    assert state_of(task) == ("held", "held")


@pytest.mark.parametrize("what", ["send-again", "give-up"])
def test_of_two_managers_one_wins(manager, sign_in, make_task, state_of, what):
    task, other = make_task("held"), sign_in("manager")
    first = decide(manager, task, "give-up")

    second = decide(other, task, what)

    assert (first.status_code, second.status_code) == (303, 303)
    assert state_of(task) == ("given-up", "given-up")
    assert "Not possible any more" in other.get(f"/tasks/{task.id}").text


@pytest.mark.parametrize("what", ["send-again", "give-up"])
@on_sqlite
def test_a_page_that_is_old_decides_nothing(manager, make_task, state_of, what):
    task = make_task("held")

    for version in (str(task.version - 1), "", "x", "9" * 30):
        decide(manager, task, what, version=version)

    assert state_of(task) == ("held", "held")


def test_a_task_that_turns_up_first_is_not_sent_again(app, manager, make_task, state_of, ask):
    task = make_task("held")
    (command,) = ask(select(PandaCommand).where(PandaCommand.task_id == task.id))
    with app.app_context():
        record_acceptance(command.id, 99, command.created_at)

    decide(manager, task, "send-again")

    assert state_of(task) == ("submitted", "accepted")


def test_a_task_that_was_given_up_is_adopted_if_it_turns_up(app, manager, make_task, state_of, ask):
    task = make_task("held")
    decide(manager, task, "give-up")
    (command,) = ask(select(PandaCommand).where(PandaCommand.task_id == task.id))

    with app.app_context():
        stored = record_acceptance(command.id, 99, command.created_at)

    assert stored
    assert state_of(task) == ("submitted", "accepted")
    assert "turned up at PanDA after it was given up" in manager.get(f"/tasks/{task.id}").text


@on_sqlite
def test_the_buttons_are_shown_on_the_page_of_the_task_to_managers_alone(manager, sign_in, make_task):
    physicist = sign_in("physicist")
    task = make_task("held", creator=physicist.user)

    seen = {who: "Send again with the same name" in who.get(f"/tasks/{task.id}").text
            for who in (manager, physicist)}  # fmt: skip

    assert seen == {manager: True, physicist: False}
    assert not read(manager.get(f"/tasks/{make_task('unknown').id}")).has(id=f"decision-{task.id + 1}")


@on_sqlite
def test_the_bar_tells_managers_how_many_wait_for_them(manager, sign_in, make_task):
    empty = "To decide" in manager.get("/tasks").text
    make_task("held")

    shown = {role: "To decide (1)" in browser.get("/tasks").text
             for role, browser in (("manager", manager), ("physicist", sign_in("physicist")))}  # fmt: skip

    assert (empty, shown) == (False, {"manager": True, "physicist": False})


@on_sqlite
def test_a_get_decides_nothing(manager, make_task, state_of):
    task = make_task("held")

    answers = [manager.get(f"/tasks/{task.id}/{what}").status_code for what in ("send-again", "give-up")]

    assert answers == [405, 405]
    assert state_of(task) == ("held", "held")


@on_sqlite
def test_the_pages_are_in_russian(manager, make_task):
    task = make_task("held")
    manager.environ_base["HTTP_ACCEPT_LANGUAGE"] = "ru"

    assert "Задачи, которые ждут решения" in manager.get("/held").text
    assert "Напишите почему" in decide(manager, task, "give-up", comment="").text
