"""Test first: the tick at creation, and what the pages say while a task waits."""

import pytest
from sqlalchemy import select, update

from app.extensions import db
from app.models import Task
from tests.build_task import FIELDS
from tests.views.reading import read
from tests.views.typing_in import press, size


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


@pytest.fixture
def pair(browser, ask):
    """A submitted task and its twin, made by the form."""
    page = browser.get("/tasks/new/size", query_string=FIELDS)
    made = press(
        browser, page, "/tasks/new/size", ("action", "submit"), events="100000", jobs="100", twin="1"
    )
    assert made.status_code == 303
    return ask(select(Task).order_by(Task.id))


def said(browser, task, part="task-twin"):
    return " ".join(read(browser.get(f"/tasks/{task.id}")).one(id=part).text.split())


def end(app, twin, status):
    values = {"state": "submitted", "panda_status": status, "shown_state": status}
    with app.app_context():
        db.session.execute(update(Task).where(Task.id == twin.id).values(values))
        db.session.commit()


def test_the_form_makes_a_test_that_is_waited_for(browser, pair):
    task, twin = pair

    assert (task.waits_for_id, twin.is_twin, twin.jobs, task.state, twin.state) == (
        twin.id, True, 1, "queued", "queued",
    )  # fmt: skip
    assert f"It waits until its test is done: {twin.name}" in said(browser, task)
    assert f"What it tests: {task.name}" in said(browser, twin)
    assert "Extend the sample" not in browser.get(f"/tasks/{twin.id}").text


def test_a_withdrawal_does_not_say_of_a_test_that_is_running_that_nothing_was_sent(browser, app, pair):
    task, twin = pair
    end(app, twin, "running")

    answer = browser.post(
        f"/tasks/{task.id}/withdraw", data={"version": str(task.version)}, follow_redirects=True
    )

    assert f"Withdrawn. Its test, task {twin.id}, was sent already and goes on." in answer.text


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("running", "It waits until its test is done"), ("failed", "Held: its test has come to nothing"),
        ("finished", "Held: its test has come to nothing or is only partly done"),
        ("done", "Its test is done"),
    ],
)  # fmt: skip
def test_the_page_says_what_it_waits_for_and_what_can_be_done(browser, app, pair, status, words):
    end(app, pair[1], status)

    text = said(browser, pair[0])

    assert words in text
    assert ("Send without the test" in text) is (status != "done")


def test_it_is_said_in_russian(browser, app, pair):
    end(app, pair[1], "failed")
    browser.post("/preferences", data={"language": "ru", "theme": "auto", "next_url": "/tasks"})

    assert "Отправить без проверки" in said(browser, pair[0])
    assert "её проверка" in browser.get("/tasks").text


def test_the_lists_say_why_it_waits(browser, app, sign_in, pair):
    end(app, pair[1], "failed")

    words = f"held: its test, task {pair[1].id}, has come to nothing"
    assert words in browser.get("/tasks").text
    assert words in sign_in("manager").get("/delivery").text


def test_it_is_sent_without_the_test_by_a_button(browser, app, ask, pair):
    end(app, pair[1], "failed")

    answer = browser.post(f"/tasks/{pair[0].id}/without-test", data={"version": str(pair[0].version)})

    assert answer.status_code == 303
    assert "It does not wait for its test" in said(browser, pair[0])
    assert "It is sent without waiting for its test." in browser.get(f"/tasks/{pair[0].id}/history").text
    [task] = ask(select(Task).where(Task.id == pair[0].id))
    assert task.test_waived_by_id == browser.user.id


def test_an_old_page_waives_nothing(browser, ask, pair):
    browser.post(f"/tasks/{pair[0].id}/without-test", data={"version": "0"})

    assert [task.test_waived_at for task in ask(select(Task))] == [None, None]


def test_a_test_that_was_withdrawn_is_said(browser, ask, pair):
    browser.post(f"/tasks/{pair[1].id}/withdraw", data={"version": str(pair[1].version)})

    assert "Its test is not on its way." in said(browser, pair[0])


def test_what_was_ticked_stays_ticked(browser):
    refused = browser.post("/tasks/new/size", data=size(jobs="x") | {"twin": "1", "action": "draft"})

    assert refused.status_code == 422
    assert "checked" in read(refused).one("input", name="twin").attributes


def test_a_step_that_reads_offers_no_test(browser, ask):
    page = browser.get("/tasks/new/size", query_string=FIELDS | {"data_type": "RECO"})
    assert 'name="twin"' not in page.text

    refused = browser.post("/tasks/new/size", data=size(data_type="RECO") | {"twin": "1", "action": "draft"})
    assert refused.status_code == 422
    assert "Only a task that reads no dataset can be tested first; RECO reads one." in refused.text
    assert ask(select(Task)) == []


def test_the_planner_tests_the_first_step_of_each_chain(browser, ask):
    plan = {name: value for name, value in FIELDS.items() if name not in ("data_type", "version")}
    plan |= {"steps": "SIMULATION-RECO", "run": "59, 60", "events": "1000", "twin": "1", "action": "submit"}

    made = browser.post("/chains/new", data=plan)

    assert made.status_code == 303
    assert len(ask(select(Task))) == 6
    assert len(ask(select(Task).where(Task.waits_for_id.is_not(None)))) == 2
    assert (
        "checked"
        in read(browser.post("/chains/new", data=plan | {"action": "lay-out"}))
        .one("input", name="twin")
        .attributes
    )


def test_the_name_of_a_draft_is_told_to_nobody_who_may_not_see_it(browser, app, sign_in, pair):
    task, twin = pair
    with app.app_context():
        db.session.execute(update(Task).where(Task.id == task.id).values(state="draft", shown_state="draft"))
        db.session.commit()
    viewer = sign_in("viewer")

    assert task.name not in viewer.get(f"/tasks/{twin.id}").text
    assert task.name in browser.get(f"/tasks/{twin.id}").text
