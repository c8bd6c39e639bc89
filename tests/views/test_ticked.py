"""One order on many ticked tasks: shown before it is given, given on each by itself, told task by task."""

import pytest
from sqlalchemy import select, update

from app.models import PandaCommand, Task
from tests.views.reading import read

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


@pytest.fixture
def mine(browser, make_task):
    """mine(status, …) → tasks of the person that PanDA has in these statuses."""
    return lambda *statuses: [make_task(creator=browser.user, panda_status=status) for status in statuses]


def confirm(browser, kind, *tasks):
    return browser.get("/tasks/command", query_string={"kind": kind, "task": [task.id for task in tasks]})


def typed(answer, **more):
    return {**_all(read(answer).one("form", class_="panel order-form").sent()), **more}


def _all(pairs):
    sent = {}
    for name, value in pairs:
        sent.setdefault(name, []).append(value)
    return sent


def orders(ask):
    return sorted(
        (order.task_id, order.kind, order.state, order.comment)
        for order in ask(select(PandaCommand).where(PandaCommand.kind != "submit"))
    )


def test_the_page_shows_what_will_happen_to_which_and_why_not_to_others(browser, mine, make_task, ask):
    running, done = mine("running", "done")
    others, queued = make_task(panda_status="running"), make_task("queued", creator=browser.user)

    page = read(confirm(browser, "kill", running, done, others, queued))

    (fitting,) = page.all("form", class_="panel order-form")
    (left_out,) = page.all("section", aria_labelledby="left-out-title")
    assert running.name in fitting.text
    assert "All its jobs are killed" in fitting.text
    assert "3 tasks are left out" in left_out.text
    for task, why in (
        (done, "PanDA does not take this order in its state."),
        (others, "It is not yours"),
        (queued, "PanDA does not have it."),
    ):
        assert f"{task.name} {why}" in left_out.text
    assert orders(ask) == []


def test_the_order_is_given_on_each_that_was_shown(browser, mine, ask):
    tasks = mine("running", "paused", "done")
    page = confirm(browser, "kill", *tasks)

    answer = browser.post("/tasks/command", data=typed(page, comment="bad calibration"))

    assert answer.status_code == 200
    assert "Asked for on 2 tasks" in read(answer).one(id="results-title").text
    assert orders(ask) == [(task.id, "kill", "ready", "bad calibration") for task in tasks[:2]]


def test_each_task_is_told_by_itself(browser, mine, ask, alter):
    tasks = mine("running", "running", "running")
    page = confirm(browser, "pause", *tasks)
    alter(update(Task).where(Task.id == tasks[0].id).values(version=Task.version + 1))
    alter(update(Task).where(Task.id == tasks[1].id).values(panda_status="done", shown_state="done"))

    answer = browser.post("/tasks/command", data=typed(page))

    told = [line.text for line in read(answer).one("ul", class_="ticked").all("li")]
    assert ["not asked for" in line for line in told] == [True, True, False]
    assert "The task was changed meanwhile." in told[0]
    assert "the task is “done”" in told[1]
    assert [order[0] for order in orders(ask)] == [tasks[2].id]


def test_what_was_sent_twice_is_done_once(browser, mine, ask):
    (task,) = mine("running")
    sent = typed(confirm(browser, "pause", task))

    browser.post("/tasks/command", data=sent)
    again = browser.post("/tasks/command", data=sent)

    assert "Asked for on 0 tasks" in read(again).one(id="results-title").text
    assert len(orders(ask)) == 1


def test_a_kill_without_a_reason_is_refused_with_the_tasks_kept(browser, mine, ask):
    (task,) = mine("running")
    sent = typed(confirm(browser, "kill", task), comment="")

    answer = browser.post("/tasks/command", data=sent)

    assert answer.status_code == 422
    assert "This must be filled in." in read(answer).one("form", class_="panel order-form").text
    assert typed(answer)["task"] == sent["task"]
    assert orders(ask) == []


def test_what_the_person_may_not_see_or_do_is_not_done(browser, sign_in, make_task, ask):
    others, draft = make_task(panda_status="running"), make_task("draft")
    sent = {"kind": "kill", "comment": "x", "task": [f"{task.id}:{task.version}" for task in (others, draft)]}

    answer = browser.post("/tasks/command", data=sent)

    assert (orders(ask), draft.name in answer.text) == ([], False)
    assert "It is not yours" in answer.text


@pytest.mark.parametrize(
    "sent",
    [
        {"kind": "kill", "comment": "x"},
        {"kind": "kill", "comment": "x", "task": ["", ":", "x:1", "1:x", "9" * 30, "0:0", "-1:1"]},
    ],
)
def test_without_ticks_or_with_odd_ones_nothing_happens(browser, mine, ask, sent):
    mine("running")

    shown = browser.get("/tasks/command", query_string=sent)
    answer = browser.post("/tasks/command", data=sent)

    assert "There is no ticked task" in shown.text
    assert (answer.status_code, orders(ask)) == (200, [])


def test_more_than_a_list_holds_is_refused(browser):
    ticked = [str(number) for number in range(1, 1002)]

    assert browser.get("/tasks/command", query_string={"kind": "kill", "task": ticked}).status_code == 413
    sent = {"kind": "kill", "comment": "x", "task": [f"{each}:1" for each in ticked]}
    assert browser.post("/tasks/command", data=sent).status_code == 413


def test_the_list_has_ticks_and_a_bar_for_who_may_steer(browser, sign_in, mine):
    (task,) = mine("running")

    with_ticks, without = (read(who.get("/tasks")) for who in (browser, sign_in("viewer")))

    (tick,) = with_ticks.all("input", name="task")
    assert (tick.attributes["value"], tick.attributes["form"]) == (str(task.id), "ticked")
    assert with_ticks.one(id="ticked").buttons("kind") == [
        "pause", "resume", "retry", "finish", "priority", "kill", "compare",
    ]  # fmt: skip
    assert not without.has("input", name="task")
    assert not without.has("input", name="back")
    assert not without.has(id="ticked")


def test_the_way_back_leads_to_the_list_as_it_was(browser, mine):
    (task,) = mine("running")
    there = "/tasks?state=running&state=done&sort=name"
    form = read(browser.get(there))
    assert form.one("input", name="back").attributes == {
        "type": "hidden", "form": "ticked", "name": "back", "value": there,
    }  # fmt: skip

    asked = browser.get("/tasks/command", query_string={"kind": "kill", "task": task.id, "back": there})
    refused = browser.post("/tasks/command", data=typed(asked, comment=""))
    done = browser.post("/tasks/command", data=typed(asked, comment="x"))
    nothing = browser.get("/tasks/command", query_string={"back": there})

    for answer in (asked, refused, done):
        assert there in {link.attributes["href"] for link in read(answer).one("main").all("a")}
    assert nothing.location == there


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example/", "/\\evil.example", "x"])
def test_the_way_back_leads_to_no_other_site(browser, mine, back):
    (task,) = mine("running")

    answer = browser.get("/tasks/command", query_string={"kind": "kill", "task": task.id, "back": back})

    assert back not in {link.attributes["href"] for link in read(answer).one("main").all("a")}
    assert read(answer).one("input", name="back").attributes["value"] == "/tasks"
    assert browser.get("/tasks/command", query_string={"back": back}).location == "/tasks"


def test_the_page_for_many_leads_back_without_an_order(browser):
    answer = browser.get("/tasks/command")

    assert (answer.status_code, answer.location) == (303, "/tasks")
    assert browser.get("/tasks/command?kind=submit").status_code == 404
