"""The buttons of a task: each does its work in its states, once, and is refused with a word in all others."""

import pytest
from sqlalchemy import select

from app.models import PandaCommand, Task, TaskField, TaskTransition
from tests.build_task import FIELDS
from tests.views.reading import read


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


ACTIONS = {
    "submit": {"draft": "queued"},
    "withdraw": {"queued": "withdrawn"},
    "back-to-draft": {"withdrawn": "draft", "rejected": "draft"},
    "delete": {"draft": None},
}
STATES = ["draft", "queued", "sending", "submitted", "unknown", "held", "given-up", "rejected", "withdrawn"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_is_done_in_its_states_and_refused_in_all_others(browser, make_task, ask, action):
    for state in STATES:
        task = make_task(state, creator=browser.user)
        sent = {"version": str(task.version)}

        answer = browser.post(f"/tasks/{task.id}/{action}", data=sent)

        said = read(browser.get(answer.location)).one(id="messages").text
        after = [found.state for found in ask(select(Task).where(Task.id == task.id))]
        is_possible = state in ACTIONS[action]
        becomes = ACTIONS[action].get(state, state)
        assert (answer.status_code, after) == (303, [becomes] if becomes else [])
        assert ("Not possible any more" in said) == (not is_possible), state


@pytest.mark.parametrize(
    ("action", "state"),
    [("submit", "draft"), ("withdraw", "queued"), ("back-to-draft", "rejected"), ("delete", "draft")],
)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_action_on_an_old_page_does_nothing(browser, make_task, ask, action, state):
    task = make_task(state, creator=browser.user)

    for version in ("0", "", "99", "x"):
        answer = browser.post(f"/tasks/{task.id}/{action}", data={"version": version})

        assert [(found.state, found.version) for found in ask(select(Task))] == [(state, task.version)]
        assert "The task was changed meanwhile." in read(browser.get(answer.location)).one(id="messages").text


@pytest.mark.parametrize("action", ["submit", "withdraw", "back-to-draft", "delete"])
def test_an_action_done_twice_is_done_once(browser, make_task, ask, action):
    state = next(iter(ACTIONS[action]))
    task = make_task(state, creator=browser.user)

    answers = [browser.post(f"/tasks/{task.id}/{action}", data={"version": str(task.version)}) for _ in "12"]

    assert answers[1].status_code == (404 if action == "delete" else 303)
    transitions = ask(select(TaskTransition).where(TaskTransition.new == (ACTIONS[action][state] or "-")))
    assert len(transitions) <= 2
    assert len(ask(select(PandaCommand))) == (action != "delete")


def test_a_withdrawn_task_takes_its_command_along(browser, make_task, ask):
    task = make_task("queued", creator=browser.user)

    browser.post(f"/tasks/{task.id}/withdraw", data={"version": str(task.version)})

    [command] = ask(select(PandaCommand))
    assert (command.state, command.decided_at is not None) == ("withdrawn", True)


def test_round_and_round_leaves_one_open_command(browser, make_task, ask):
    task = make_task("draft", creator=browser.user)

    for action in ["submit", "withdraw", "back-to-draft"] * 2 + ["submit"]:
        version = ask(select(Task))[0].version
        assert browser.post(f"/tasks/{task.id}/{action}", data={"version": str(version)}).status_code == 303

    assert sorted(command.state for command in ask(select(PandaCommand))) == [
        "ready",
        "withdrawn",
        "withdrawn",
    ]


def test_a_deleted_draft_takes_all_but_its_calls_along_and_frees_its_name(browser, make_task, ask):
    task = make_task("rejected", creator=browser.user, run="59")
    browser.post(f"/tasks/{task.id}/back-to-draft", data={"version": str(task.version)})

    answer = browser.post(f"/tasks/{task.id}/delete", data={"version": str(task.version + 1)})

    assert (answer.status_code, answer.location) == (303, "/tasks")
    for table in (Task, TaskField, TaskTransition, PandaCommand):
        assert ask(select(table)) == []
    assert "The name is free" in browser.get("/tasks/new/preview", query_string=FIELDS).text
