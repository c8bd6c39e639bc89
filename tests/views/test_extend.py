"""Extending a sample from its page, and being asked about it where a new task is made."""

import pytest
from sqlalchemy import select, update

from app.extensions import db
from app.models import Task
from tests.build_task import FIELDS
from tests.views import typing_in
from tests.views.reading import read
from tests.views.typing_in import fields, size, summary_of


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


@pytest.fixture
def sent(make_task):
    return make_task("submitted", panda_status="done", run="59", events=2_000_000, jobs=1000, collision="pp")


def press(browser, answer, **typed):
    """Fill in the plan and submit it."""
    return typing_in.press(browser, answer, "/chains/new", ("action", "submit"), form="plan-form", **typed)


def link(answer, words):
    [found] = [each for each in read(answer).all("a") if each.text.strip() == words]
    return found.attributes["href"]


def open_plan(browser, task):
    """Follow the link of a task's page to the plan that extends it."""
    led = browser.get(link(browser.get(f"/tasks/{task.id}"), "Extend the sample"))
    assert led.status_code == 303
    return browser.get(led.location)


def test_a_sample_is_extended_from_its_page_without_a_script(browser, sent, ask):
    plan = open_plan(browser, sent)
    assert "There are 2\u202f000\u202f000 events of it" in plan.text or "2,000,000 events of it" in plan.text
    asked = press(browser, plan)
    assert asked.status_code == 422
    assert "Total events: This must be filled in." in summary_of(asked)

    made = press(browser, asked, events="500000")

    assert made.status_code == 303
    first, task = ask(select(Task).order_by(Task.id))
    assert (task.extends_id, task.cloned_from_id, task.state) == (first.id, None, "queued")
    assert (task.events, task.jobs, task.collision) == (500_000, 250, "pp"), "as large jobs as before"
    assert task.name == first.name[:-1] + "2"


def test_both_pages_say_what_extends_what(browser, sent, ask):
    press(browser, open_plan(browser, sent), events="500000")
    [first, task] = ask(select(Task).order_by(Task.id))

    pages = [read(browser.get(f"/tasks/{each.id}")).one(id="task-family").text for each in (first, task)]

    assert f"task {task.id} extends task {first.id} by" in " ".join(pages[0].split())
    assert f"this task extends task {first.id} by" in " ".join(pages[1].split())
    assert all("Together 2" in page for page in pages)


def test_it_is_said_in_russian_too(browser, sent):
    browser.post("/preferences", data={"language": "ru", "theme": "auto", "next_url": "/tasks"})

    led = browser.get(f"/tasks/{sent.id}/extend")
    plan = browser.get(led.location)

    assert "Вы расширяете выборку" in plan.text


@pytest.mark.parametrize(("state", "words"), [("queued", "queued"), ("draft", "draft")])
def test_what_panda_does_not_have_is_not_extended(browser, make_task, state, words):
    task = make_task(state, creator=browser.user)
    assert "Extend the sample" not in browser.get(f"/tasks/{task.id}").text

    led = browser.get(f"/tasks/{task.id}/extend")

    assert (led.status_code, led.location) == (303, f"/tasks/{task.id}")
    said = read(browser.get(led.location)).one(id="messages").text
    assert f"Task {task.id} is “{words}”: only what PanDA has" in said


def test_a_step_that_reads_leads_to_its_whole_chain(browser, make_task, app):
    first = make_task("submitted", panda_status="done", run="59")
    second = make_task("submitted", panda_status="done", run="59", data_type="RECO")
    with app.app_context():
        db.session.execute(update(Task).values(chain_id=first.id))
        db.session.execute(update(Task).where(Task.id == second.id).values(parent_id=first.id))
        db.session.commit()

    led = browser.get(f"/tasks/{second.id}/extend")
    plan = browser.get(led.location)

    assert f"extend={first.id}" in led.location
    assert "RECO reads what the step before makes: the whole chain is extended." in plan.text
    assert read(plan).one("input", name="extend").attributes["value"] == str(first.id)


def test_a_step_that_reads_alone_is_not_extended(browser, make_task):
    task = make_task("submitted", panda_status="done", data_type="RECO")

    led = browser.get(f"/tasks/{task.id}/extend")

    assert led.location == f"/tasks/{task.id}"
    assert "RECO only reads a dataset." in read(browser.get(led.location)).one(id="messages").text


def test_another_energy_is_no_extension(browser, sent, ask):
    refused = press(browser, open_plan(browser, sent), events="500", energy="10")

    assert refused.status_code == 422
    assert f"This is not the sample of task {sent.id}" in summary_of(refused)
    assert len(ask(select(Task))) == 1


@pytest.mark.parametrize("extend", ["", "0", "x", "999", "9" * 30, "<b>"])
def test_nonsense_extends_nothing(browser, sent, extend):
    answer = browser.get("/chains/new", query_string={"extend": extend, "year": "2026"})

    assert answer.status_code == 200
    assert 'id="extending"' not in answer.text


def test_a_draft_of_another_is_not_told_of(browser, make_task, sign_in):
    task = make_task("draft", creator=sign_in("physicist").user)

    assert browser.get(f"/tasks/{task.id}/extend").status_code == 404
    answer = browser.get("/chains/new", query_string={"extend": task.id, "year": "2026"})
    assert 'id="extending"' not in answer.text


def test_a_new_task_of_the_sample_is_asked_about_with_the_way_to_extend_it(browser, sent, ask):
    typed = fields(version="2", collision="pp")
    preview = browser.get("/tasks/new/preview", query_string=typed)
    refused = browser.post("/tasks/new", data=typed | {"action": "continue"})

    words = f"This sample exists already: task {sent.id}, “done”,"
    assert refused.status_code == 422
    assert words in summary_of(refused)
    for answer in (preview, refused):
        assert words in answer.text
        assert f'href="/tasks/{sent.id}/extend"' in answer.text

    [tick] = [each.attributes["value"] for each in read(refused).all("input", name="confirmed")]
    made = browser.post("/tasks/new/size", data=size(**typed) | {"confirmed": tick, "action": "draft"})
    assert made.status_code == 303
    assert len(ask(select(Task))) == 2


def test_the_planner_asks_about_it_once_for_all(browser, sent, ask):
    plan = {name: value for name, value in FIELDS.items() if name not in ("data_type", "version")}
    plan |= {"steps": "SIMULATION", "run": "59-61", "events": "1000", "collision": "pp"}

    refused = browser.post("/chains/new", data=plan | {"action": "draft"})

    assert refused.status_code == 422
    assert f'href="/tasks/{sent.id}/extend"' in refused.text
    [tick] = [each.attributes["value"] for each in read(refused).all("input", name="confirmed")]
    assert browser.post("/chains/new", data=plan | {"action": "draft", "confirmed": tick}).status_code == 303
    assert len(ask(select(Task))) == 4
