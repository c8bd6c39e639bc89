"""One action on many tasks: shown before it is done, done to each by itself, told task by task."""

import pytest
from sqlalchemy import select, update

from app.models import BulkAction, BulkItem, PandaCommand, Task
from tests.views.reading import read

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


@pytest.fixture
def mine(browser, make_task):
    """mine(status, …) → tasks of the person that PanDA has in these statuses."""
    return lambda *statuses: [make_task(creator=browser.user, panda_status=status) for status in statuses]


@pytest.fixture
def drafts(browser, make_task):
    """drafts(number) → drafts of the person."""
    return lambda number: [make_task("draft", creator=browser.user) for _each in range(number)]


def choose(browser, kind, *tasks, **more):
    """Tick the tasks and press the button; the page that follows."""
    sent = {"kind": kind, "task": [task.id for task in tasks], **more}
    return browser.post("/bulk", data=sent, follow_redirects=True)


def confirm(browser, page, **typed):
    """Press the button of the page; the page that follows, and the form as it was sent."""
    form = read(page).one("form", class_="panel order-form")
    sent = {**dict(form.sent()), **typed}
    return browser.post(form.attributes["action"], data=sent, follow_redirects=True)


def told(page):
    """Return what the table of the page says of each task."""
    return [row.text for row in read(page).one("section", id="bulk-items").one("tbody").all("tr")]


def orders(ask):
    return sorted(
        (order.task_id, order.kind, order.state, order.comment)
        for order in ask(select(PandaCommand).where(PandaCommand.kind != "submit"))
    )


def test_the_page_shows_what_will_happen_to_which_and_why_not_to_others(browser, mine, make_task, ask):
    running, done = mine("running", "done")
    others, queued = make_task(panda_status="running"), make_task("queued", creator=browser.user)

    page = choose(browser, "kill", running, done, others, queued)

    (fitting,) = read(page).all("form", class_="panel order-form")
    assert "It is done to 1 task of 4" in fitting.text
    assert "All its jobs are killed" in fitting.text
    rows = {row.split()[0]: row for row in told(page)}
    assert "will be done" in rows[running.name]
    for task, why in (
        (done, "Not possible: the task is “done”."),
        (others, "It is not yours"),
        (queued, "PanDA does not have it."),
    ):
        assert "left out" in rows[task.name]
        assert why in rows[task.name]
    assert orders(ask) == []


def test_the_order_is_given_on_each_that_was_shown(browser, mine, ask):
    tasks = mine("running", "paused", "done")

    answer = confirm(browser, choose(browser, "kill", *tasks), comment="bad calibration")

    assert answer.status_code == 200
    assert "Done to 2 tasks of 2" in read(answer).one(id="results-title").text
    assert orders(ask) == [(task.id, "kill", "ready", "bad calibration") for task in tasks[:2]]


def test_the_tasks_it_was_done_to_are_shown_and_no_others(browser, mine, ask):
    running, also, done, _other = mine("running", "running", "done", "running")
    ended = confirm(browser, choose(browser, "pause", running, also, done))

    link = next(each for each in read(ended).all("a") if each.text == "Show just these tasks")
    rows = read(browser.get(link.attributes["href"])).one("tbody").all("tr")

    assert {row.attributes["id"] for row in rows} == {f"task-{running.id}", f"task-{also.id}"}


def test_each_task_is_told_by_itself(browser, mine, ask, alter):
    tasks = mine("running", "running", "running")
    page = choose(browser, "pause", *tasks)
    alter(update(Task).where(Task.id == tasks[0].id).values(version=Task.version + 1))
    alter(update(Task).where(Task.id == tasks[1].id).values(panda_status="done", shown_state="done"))

    answer = confirm(browser, page)

    first, second, third = told(answer)
    assert "It was changed after it was chosen here." in first
    assert "the task is “done”" in second
    assert "order given" in third
    assert "left out" not in third
    assert [order[0] for order in orders(ask)] == [tasks[2].id]


def test_what_was_sent_twice_is_done_once(browser, mine, ask):
    (task,) = mine("running")
    page = choose(browser, "pause", task)

    confirm(browser, page)
    again = confirm(browser, page)

    assert "Done to 1 task of 1" in read(again).one(id="results-title").text
    assert len(orders(ask)) == 1


def test_a_kill_without_a_reason_is_refused_with_the_tasks_kept(browser, mine, ask):
    (task,) = mine("running")

    answer = confirm(browser, choose(browser, "kill", task), comment="")

    assert answer.status_code == 422
    assert "This must be filled in." in read(answer).one("form", class_="panel order-form").text
    assert [task.name in row for row in told(answer)] == [True]
    assert orders(ask) == []


def test_what_the_person_may_not_see_or_do_is_not_done(browser, make_task, ask):
    others, draft = make_task(panda_status="running"), make_task("draft")

    page = choose(browser, "kill", others, draft)

    assert draft.name not in page.text
    assert "It is not yours" in page.text
    assert not read(page).has("form", class_="panel order-form")
    (action,) = ask(select(BulkAction))
    browser.post(f"/bulk/{action.id}/start", data={"comment": "x"})
    assert orders(ask) == []


@pytest.mark.parametrize(
    "sent", [{}, {"task": ["", ":", "x:1", "9" * 30, "0:0", "-1:1"]}, {"scope": "page", "page_tasks": "x,,0"}]
)
def test_without_ticks_or_with_odd_ones_nothing_is_written(browser, mine, ask, sent):
    mine("running")

    answer = browser.post("/bulk", data={"kind": "kill", **sent}, follow_redirects=True)

    assert "There is no such task. Tick the tasks that are meant." in answer.text
    assert (ask(select(BulkAction)), orders(ask)) == ([], [])


def test_more_than_one_action_may_be_on_is_refused(app, browser, drafts, ask):
    app.config["BULK_SIZE"] = 2
    tasks = drafts(3)

    ticked = browser.post("/bulk", data={"kind": "submit", "task": [task.id for task in tasks]})
    every = browser.post("/bulk", data={"kind": "submit", "scope": "all"}, follow_redirects=True)

    assert ticked.status_code == 413
    assert "These are 3 tasks; one action may be on 2. Narrow the filters." in every.text
    assert ask(select(BulkAction)) == []


def test_the_list_has_ticks_and_a_bar_for_who_may_change_tasks(browser, sign_in, mine):
    (task,) = mine("running")

    with_ticks, without = (read(who.get("/tasks")) for who in (browser, sign_in("viewer")))

    (tick,) = with_ticks.all("input", name="task")
    assert (tick.attributes["value"], tick.attributes["form"]) == (str(task.id), "ticked")
    assert with_ticks.one(id="ticked").buttons("kind") == [
        "edit", "submit", "withdraw", "back-to-draft", "delete",
        "pause", "resume", "retry", "finish", "priority", "kill", "compare",
    ]  # fmt: skip
    for name in ("task", "back", "scope", "page_tasks"):
        assert with_ticks.has("input", name=name)
        assert not without.has("input", name=name)
    assert not without.has(id="ticked")


def test_the_way_back_leads_to_the_list_as_it_was(browser, mine):
    (task,) = mine("running")
    there = "/tasks?state=running&state=done&sort=name"
    form = read(browser.get(there))
    assert form.one("input", name="back").attributes == {
        "type": "hidden", "form": "ticked", "name": "back", "value": there,
    }  # fmt: skip

    asked = choose(browser, "kill", task, back=there)
    refused = confirm(browser, asked, comment="")
    done = confirm(browser, asked, comment="x")

    for answer in (asked, refused, done):
        assert there in {link.attributes["href"] for link in read(answer).one("main").all("a")}
    assert browser.post("/bulk", data={"kind": "kill", "back": there}).location == there


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example/", "/\\evil.example", "x"])
def test_the_way_back_leads_to_no_other_site(browser, mine, back):
    (task,) = mine("running")

    answer = choose(browser, "kill", task, back=back)

    links = {link.attributes["href"] for link in read(answer).one("main").all("a")}
    assert back not in links
    assert "/tasks" in links
    assert browser.post("/bulk", data={"kind": "kill", "back": back}).location == "/tasks"


def test_an_unknown_action_is_not_there(browser, mine):
    (task,) = mine("running")

    assert browser.post("/bulk", data={"kind": "burn", "task": task.id}).status_code == 404
    assert browser.post("/bulk", data={"task": task.id}).status_code == 404


def test_the_page_is_what_was_shown_and_all_is_what_the_filters_find(app, browser, make_task, ask):
    app.config["LIST_PAGE_SIZE"] = 2
    mine = [make_task("draft", creator=browser.user, run=str(60 + each)) for each in range(5)]
    page = read(browser.get("/tasks?f_run=60-63&sort=name"))
    (shown,) = page.all("input", name="page_tasks")
    (query,) = (each for each in page.all("input", name="query") if each.attributes["form"] == "ticked")
    assert "This page: 2 tasks" in page.one(id="tick-all").text
    assert "All that match: 4 tasks" in page.one(id="tick-all").text
    sent = {"kind": "submit", "page_tasks": shown.attributes["value"], "query": query.attributes["value"]}

    browser.post("/bulk", data={**sent, "scope": "page"})
    make_task("draft", creator=browser.user, run="99")
    browser.post("/bulk", data={**sent, "scope": "all", "task": mine[4].id})

    first, second = ask(select(BulkAction).order_by(BulkAction.id))
    chosen = {
        action.id: {item.task_id for item in ask(select(BulkItem).where(BulkItem.action_id == action.id))}
        for action in (first, second)
    }
    assert chosen[first.id] == {task.id for task in mine[:2]}
    assert chosen[second.id] == {task.id for task in mine[:4]}


def test_drafts_are_submitted_withdrawn_made_drafts_and_deleted(browser, drafts, ask):
    tasks = drafts(2)
    for kind, state in (("submit", "queued"), ("withdraw", "withdrawn"), ("back-to-draft", "draft")):
        answer = confirm(browser, choose(browser, kind, *tasks))
        assert "Done to 2 tasks of 2" in answer.text
        assert {task.state for task in ask(select(Task))} == {state}

    gone = confirm(browser, choose(browser, "delete", *tasks))

    assert "Done to 2 tasks of 2" in gone.text
    assert (ask(select(Task)), all(task.name in gone.text for task in tasks)) == ([], True)


def test_an_action_is_its_owners_alone(browser, sign_in, drafts):
    page = choose(browser, "submit", *drafts(1))
    address = read(page).one("form", class_="panel order-form").attributes["action"].removesuffix("/start")

    for who in ("physicist", "manager", "admin"):
        other = sign_in(who)
        assert other.get(address).status_code == 404
        assert other.post(f"{address}/start").status_code == 404
    assert browser.get(address).status_code == 200


def test_a_poll_with_nothing_new_is_empty_and_an_action_that_ended_is_not_polled(browser, drafts, ask):
    page = confirm(browser, choose(browser, "submit", *drafts(1)))
    (action,) = ask(select(BulkAction))

    run = read(page).one(id="bulk-run")

    assert action.state == "done"
    assert "hx-get" not in run.attributes
    same = browser.get(f"/bulk/{action.id}?revision=done-1-0-0")
    assert same.status_code == 204


def test_many_go_on_in_the_background_with_a_progress_bar_and_can_be_stopped(browser, drafts, ask):
    page = confirm(browser, choose(browser, "submit", *drafts(25)))
    (action,) = ask(select(BulkAction))

    run = read(page).one(id="bulk-run")
    assert "Done to 0 tasks of 25" in run.text
    assert run.attributes["hx-trigger"] == "every 1s"
    stopped = browser.post(f"/bulk/{action.id}/stop", follow_redirects=True)

    assert "Done to 0 tasks of 25" in stopped.text
    assert sum("The action was stopped before its turn came." in row for row in told(stopped)) == 25
    assert ask(select(Task).where(Task.state == "queued")) == []


def test_the_list_of_actions_tells_how_each_went(browser, mine, drafts):
    assert "Nothing yet" in browser.get("/bulk").text
    (running,), (draft,) = mine("running"), drafts(1)
    choose(browser, "delete", draft)  # never confirmed
    confirm(browser, choose(browser, "submit", running, draft))

    (row,) = read(browser.get("/bulk")).one("tbody").all("tr")

    assert row.text.startswith("Submit task")
    assert [cell.text for cell in row.all("td")][1:] == ["ended", "2", "1", "0", "1"]


@pytest.mark.parametrize("part", ["left out", "fits", "nonsense", ""])
def test_the_table_can_be_narrowed_to_what_is_left_out(browser, mine, drafts, ask, part):
    choose(browser, "submit", *mine("running"), *drafts(2))
    (action,) = ask(select(BulkAction))

    page = browser.get(f"/bulk/{action.id}", query_string={"part": part})

    assert len(told(page)) == {"left out": 1, "fits": 2}.get(part, 3)
