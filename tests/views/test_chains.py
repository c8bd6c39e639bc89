"""The list of chains, the page of a chain, and what can be done to all of it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from app.extensions import db
from app.models import Task
from tests.build_chain import build_chain, make_planner, make_wish
from tests.views.conftest import HTMX
from tests.views.reading import read

STEPS = ("SIMULATION", "RECO", "AOD")


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


@pytest.fixture
def chain(app, browser):
    """The ids of the queued tasks of a chain of the browser's person."""
    with app.app_context():
        return [task.id for task in build_chain(browser.user, datetime.now(UTC), STEPS)]


@pytest.fixture
def drafts(app, browser):
    with app.app_context():
        made = make_planner().make(
            make_wish(STEPS), None, browser.user, frozenset(), datetime.now(UTC), submit=False
        )
        return [task.id for task in made]


def states_of(ask):
    return [task.state for task in ask(select(Task).order_by(Task.id))]


def alter(app, task_id, **values):
    with app.app_context():
        db.session.execute(update(Task).where(Task.id == task_id).values(values))
        db.session.commit()


def press(browser, chain_id, action):
    """Press a button of the chain's page, with the versions that stand in it."""
    page = read(browser.get(f"/chains/{chain_id}"))
    [form] = [each for each in page.all("form") if each.attributes["action"].endswith(f"/{action}")]
    seen = {
        field.attributes["value"]
        for field in page.all("input", name="task")
        if ":" in field.attributes["value"]
    }
    return browser.post(form.attributes["action"], data={"task": sorted(seen)})


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"panda_status": "running"}, "It is sent when its test is done."),
        ({"panda_status": "failed"}, "Held: its test has come to nothing or is only partly done."),
        ({"state": "withdrawn"}, "Held: its test has not been submitted."),
        ({"panda_status": "done"}, None),
    ],
)
def test_a_step_says_what_its_test_keeps_it_from_and_what_it_extends(app, browser, chain, values, words):
    with app.app_context():
        twin, extended = (build_chain(browser.user, datetime.now(UTC), ["AOD"], run=[run])[0] for run in "78")
        ids = twin.id, extended.id
    before = browser.get(f"/chains/{chain[0]}")
    alter(app, chain[1], waits_for_id=ids[0], extends_id=ids[1])
    poll = read(browser.get(f"/chains/{chain[0]}")).one(id="chain").attributes["hx-get"]
    shown = values.get("panda_status", "withdrawn")
    alter(app, ids[0], **{"state": "submitted", "shown_state": shown, **values})

    assert browser.get(poll, headers=HTMX).status_code == 200, "the page is another one now"
    step = read(browser.get(f"/chains/{chain[0]}")).one("li", id=f"step-{chain[1]}")

    told = [each.text for each in step.all("p") if "its test" in each.text]
    assert [text.partition(" task ")[0] for text in told] == ([words] if words else [])
    assert step.has("a", href=f"/tasks/{ids[0]}") is bool(words)
    assert step.one("a", href=f"/tasks/{ids[1]}").text.startswith(f"extends task {ids[1]} by 100")
    assert "extends" not in before.text


def test_a_list_without_chains_says_what_they_are(browser):
    assert "No chains yet" in browser.get("/chains").text


def test_the_list_shows_each_chain_with_its_steps(browser, chain):
    text = browser.get("/chains").text

    assert f'href="/chains/{chain[0]}"' in text
    assert all(f'href="/tasks/{task_id}"' in text for task_id in chain)


def test_a_poll_that_finds_nothing_new_gets_nothing(app, browser, chain):
    page = read(browser.get("/chains"))
    address = page.one(id="chain-list").attributes["hx-get"]

    assert browser.get(address, headers=HTMX).status_code == 204
    alter(app, chain[0], jobs_done=1)
    answer = browser.get(address, headers=HTMX)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith("<div")


def test_the_page_says_what_each_step_waits_for(app, browser, chain):
    def said():
        return browser.get(f"/chains/{chain[0]}").text

    assert said().count("It is sent when the step before is done.") == 2
    finished = {"state": "submitted", "panda_status": "finished", "shown_state": "finished"}
    alter(app, chain[0], **finished, jobs_done=9, jobs_total=10)
    assert "The step before is only partly done:" in said()
    alter(app, chain[0], panda_status="failed", shown_state="failed")
    assert "Held: the step before has come to nothing." in said()
    alter(app, chain[0], state="draft", panda_status=None, shown_state="draft")
    assert "Held: the step before has not been submitted." in said()


def test_the_page_of_a_chain_that_rests_does_not_poll(app, browser, chain):
    assert "hx-get" in read(browser.get(f"/chains/{chain[0]}")).one(id="chain").attributes
    for task_id in chain:
        alter(app, task_id, state="submitted", panda_status="done", shown_state="done")
    assert "hx-get" not in read(browser.get(f"/chains/{chain[0]}")).one(id="chain").attributes


def test_all_of_a_chain_is_submitted_withdrawn_and_deleted(browser, drafts, ask):
    assert press(browser, drafts[0], "submit").status_code == 303
    assert states_of(ask) == ["queued"] * 3
    assert press(browser, drafts[0], "withdraw").status_code == 303
    assert states_of(ask) == ["withdrawn"] * 3
    assert "Submit all drafts" not in browser.get(f"/chains/{drafts[0]}").text


def test_all_drafts_are_deleted(browser, drafts, ask):
    answer = press(browser, drafts[0], "delete")

    assert (answer.status_code, answer.location) == (303, "/chains")
    assert ask(select(Task)) == []


def test_an_old_page_does_nothing(browser, drafts, ask):
    seen = [f"{task_id}:1" for task_id in drafts[:2]] + [f"{drafts[2]}:7"]

    answer = browser.post(f"/chains/{drafts[0]}/submit", data={"task": seen}, follow_redirects=True)

    assert "The task was changed meanwhile." in answer.text
    assert states_of(ask) == ["draft"] * 3


def test_an_action_that_there_is_not_is_not_found(browser, drafts):
    assert browser.post(f"/chains/{drafts[0]}/explode").status_code == 404


@pytest.mark.parametrize("action", ["submit", "withdraw", "delete"])
def test_a_form_with_nothing_or_nonsense_does_nothing(browser, drafts, ask, action):
    for sent in ([], ["x"], ["1"], [":"], ["9" * 40 + ":1"], ["1:" + "9" * 40]):
        assert browser.post(f"/chains/{drafts[0]}/{action}", data={"task": sent}).status_code == 303

    assert states_of(ask) == ["draft"] * 3


def test_orders_on_what_panda_has_lead_to_the_page_that_asks_back(app, browser, chain):
    assert 'name="kind"' not in browser.get(f"/chains/{chain[0]}").text
    alter(app, chain[0], state="submitted", panda_status="running", shown_state="running", panda_id=7)

    page = read(browser.get(f"/chains/{chain[0]}"))
    ids = [
        field.attributes["value"]
        for field in page.all("input", name="task")
        if ":" not in field.attributes["value"]
    ]
    answer = browser.post("/bulk", data={"kind": "kill", "task": ids}, follow_redirects=True)

    assert "It is done to 1 task of 3" in answer.text
    assert "left out (2)" in answer.text


def test_what_is_there_is_accepted_on_the_page_of_the_task(app, browser, chain, ask):
    finished = {"state": "submitted", "panda_status": "finished", "shown_state": "finished", "panda_id": 7}
    alter(app, chain[0], **finished, jobs_done=9, jobs_total=10)
    assert "Its parent task is only partly done." in browser.get(f"/tasks/{chain[1]}").text
    [version] = ask(select(Task.version).where(Task.id == chain[0]))
    assert "Accept what is there" in browser.get(f"/tasks/{chain[0]}").text

    answer = browser.post(f"/tasks/{chain[0]}/accept-part", data={"version": version}, follow_redirects=True)

    assert "Accepted. The tasks that wait for it are sent within seconds." in answer.text
    assert "Accept what is there" not in answer.text
    assert "Part of it is accepted: its children may be sent." in answer.text


def test_a_task_that_others_stand_on_is_not_deleted(browser, drafts, ask):
    answer = browser.post(f"/tasks/{drafts[0]}/delete", data={"version": 1}, follow_redirects=True)

    named = ", ".join(f"task {each}" for each in drafts[1:])
    assert f"Nothing was deleted: other tasks stand on it ({named})." in answer.text
    assert len(ask(select(Task))) == 3


def test_whose_hidden_draft_stands_on_it_is_told(browser, make_task, sign_in, alter):
    task, manager = make_task("draft", creator=browser.user), sign_in("manager")
    hidden = make_task("draft", creator=manager.user)
    alter(update(Task).where(Task.id == hidden.id).values(parent_id=task.id))

    answer = browser.post(f"/tasks/{task.id}/delete", data={"version": 1}, follow_redirects=True)

    assert f"stand on it (a draft of {manager.user.username})." in answer.text


def test_what_an_extension_makes_larger_is_not_deleted(browser, make_task, alter, ask):
    first, more = (make_task("draft", creator=browser.user) for _ in "12")
    alter(update(Task).where(Task.id == more.id).values(extends_id=first.id))

    answer = browser.post(f"/tasks/{first.id}/delete", data={"version": 1}, follow_redirects=True)

    assert f"Nothing was deleted: other tasks stand on it (task {more.id})." in answer.text
    assert len(ask(select(Task))) == 2


def test_an_open_page_has_its_tasks_read_from_panda_first(app, browser, chain, ask):
    alter(app, chain[0], state="submitted", panda_status="running", shown_state="running", panda_id=7)
    alter(app, chain[1], state="submitted", panda_status="done", shown_state="done", panda_id=8)
    alter(app, chain[0], refresh_due_at=None)
    alter(app, chain[1], refresh_due_at=None)

    browser.get(f"/chains/{chain[0]}")

    due = [task.refresh_due_at is not None for task in ask(select(Task).order_by(Task.id))]
    assert due == [True, False, False], "what rests need not be read, and PanDA has no other"
