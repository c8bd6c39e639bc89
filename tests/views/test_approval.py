"""The page of tasks that wait for approval, and what their own pages say."""

import pytest
from sqlalchemy import select

from app.models import Task
from tests.views.reading import read


@pytest.fixture
def manager(sign_in, app):
    app.config["APPROVAL_NEEDED"] = True
    return sign_in("manager")


@pytest.fixture
def waiting(manager, make_task):
    return [make_task("queued", run=str(run)) for run in (1, 2)]


def ticks(answer):
    return [each.attributes["value"] for each in read(answer).all("input", name="task")]


def states(ask):
    return [(task.state, task.approved_at is not None) for task in ask(select(Task).order_by(Task.id))]


def test_ticked_tasks_are_approved_together(manager, waiting, ask):
    page = manager.get("/approval")
    assert "Approve (2)" in manager.get("/tasks").text

    answer = manager.post("/approval", data={"task": ticks(page)})

    assert (answer.status_code, answer.location) == (303, "/approval")
    after = manager.get("/approval").text
    assert "2 tasks are approved." in after
    assert "Nothing waits for approval" in after
    assert "Approve (" not in manager.get("/tasks").text
    assert states(ask) == [("queued", True)] * 2


def test_one_is_approved_from_its_page(manager, waiting, ask):
    page = manager.get(f"/tasks/{waiting[0].id}")
    assert "It waits until a production manager approves it." in page.text

    manager.post("/approval", data={"task": ticks(page)})

    assert states(ask) == [("queued", True), ("queued", False)]
    assert "Approved." in manager.get(f"/tasks/{waiting[0].id}").text


def test_what_was_decided_on_meanwhile_is_said(manager, waiting, ask):
    seen = ticks(manager.get("/approval"))
    manager.post("/approval", data={"task": seen[:1]})

    manager.post("/approval", data={"task": seen})

    text = manager.get("/approval").text
    assert "1 task is approved." in text
    assert "1 task was changed or decided on meanwhile" in text


def test_of_each_that_is_left_out_it_is_said_why(manager, waiting, make_task, ask):
    more = [make_task("queued", run=str(run)) for run in (3, 4)]
    seen = ticks(manager.get("/approval"))
    manager.post("/approval", data={"task": seen[:1]})
    manager.post(f"/tasks/{waiting[1].id}/decline", data={"version": waiting[1].version, "comment": "no"})

    answer = manager.post("/approval", data={"task": [*seen[:2], f"{more[0].id}:99", seen[3]]})

    told = read(manager.get(answer.location)).one(id="left-out")
    lines = [each.text.partition(": ")[2] for each in told.all("li")]
    assert lines == [
        f"{manager.user.username} approved it already",
        "it is “draft” now",
        "it was changed after you saw it: look at it, and tick it again",
    ]
    assert told.has("a", href=f"/tasks/{waiting[1].id}")
    assert not read(manager.get("/approval")).has("section", id="left-out")


def test_without_a_tick_nothing_happens(manager, waiting, ask):
    assert manager.post("/approval", data={}).status_code == 303
    assert manager.post("/approval", data={"task": ["x", "1", ":", "9" * 40 + ":1"]}).status_code == 303

    assert states(ask) == [("queued", False)] * 2


def test_a_task_is_declined_with_a_comment_its_creator_reads(manager, waiting, ask):
    task = waiting[0]
    page = manager.get(f"/tasks/{task.id}/decline")
    version = read(page).one("input", name="version").attributes["value"]
    refused = manager.post(f"/tasks/{task.id}/decline", data={"version": version, "comment": " "})
    assert refused.status_code == 422
    assert "Say why: others will want to know." in refused.text

    made = manager.post(f"/tasks/{task.id}/decline", data={"version": version, "comment": "use 13.5 GeV"})

    assert made.status_code == 303
    assert states(ask)[0] == ("draft", False)
    assert "Declined: use 13.5 GeV" in manager.get(f"/tasks/{task.id}").text


def test_an_old_page_declines_nothing(manager, waiting, ask):
    manager.post(f"/tasks/{waiting[0].id}/decline", data={"version": "0", "comment": "no"})

    assert states(ask) == [("queued", False)] * 2


def test_its_creator_sees_that_it_waits_but_no_button(manager, sign_in, make_task):
    browser = sign_in("physicist")
    task = make_task("queued", creator=browser.user)

    page = browser.get(f"/tasks/{task.id}").text

    assert "It waits until a production manager approves it." in page
    assert "/approval" not in page
    assert "waits for approval" in browser.get("/tasks").text
    assert "waits for approval" in manager.get("/delivery").text
    assert browser.get("/approval").status_code == 403


def test_switched_off_nothing_waits(manager, waiting, app):
    app.config["APPROVAL_NEEDED"] = False

    assert "Approval is switched off" in manager.get("/approval").text
    assert "It waits until" not in manager.get(f"/tasks/{waiting[0].id}").text
    assert "waits for approval" not in manager.get("/tasks").text
    led = manager.get(f"/tasks/{waiting[0].id}/decline")
    assert led.status_code == 303


def test_it_is_said_in_russian(manager, waiting):
    manager.post("/preferences", data={"language": "ru", "theme": "auto", "next_url": "/tasks"})

    assert "Задачи, которые ждут одобрения" in manager.get("/approval").text
    assert "ждёт одобрения" in manager.get("/tasks").text
