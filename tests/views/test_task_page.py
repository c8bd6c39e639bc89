"""The page of a task: all that the prototype showed, its history, what was sent, and its calls."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.models import PandaCommand, Task
from app.services.calls import CallContext, CallResult, begin_call, end_call
from tests.views.reading import read

EXACT = '{"nEvents":1000000,"taskName":"<b>&\\u00e9","zzz":[1,2.5,null]}'


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


def facts_of(answer):
    """Return the facts on a page by their labels."""
    lists = read(answer).one(id="task-facts").all("dl")
    return {label.text: value.text for each in lists for label, value in pairs(each)}


def pairs(facts):
    children = [part for part in facts.all() if part.tag in {"dt", "dd"}]
    return zip(children[::2], children[1::2], strict=True)


# The rows of the prototype's page, as they are called here.
ROWS = {
    "Task id", "Parent task", "Chain task id", "Type", "Total events", "Creator", "Total jobs done",
    "Total requested jobs", "Priority", "Current priority", "Time of creation", "Start time", "Last update",
}  # fmt: skip


def test_every_row_of_the_prototype_is_there(browser, make_task):
    task = make_task("draft", creator=browser.user)

    answer = browser.get(f"/tasks/{task.id}")

    facts, page = facts_of(answer), read(answer)
    assert set(facts) >= ROWS
    assert page.one("h1").text == task.name
    assert (facts["Task id"], facts["Parent task"], facts["Chain task id"]) == (str(task.id), "none", "none")
    assert (facts["Type"], facts["Total events"], facts["Total requested jobs"]) == (
        "MC",
        "1 000 000",
        "1 000",
    )
    assert (facts["Total jobs done"], facts["Priority"], facts["Current priority"]) == ("0", "900", "—")
    assert browser.user.username in facts["Creator"]
    assert facts["Start time"] == "—"
    assert "draft" in page.one(id="task-state").text
    assert page.one("a", href=f"/tasks/{task.id}/edit").text == "Change task"


def test_the_facts_of_a_running_task(browser, make_task, alter, now):
    parent = make_task("submitted")
    task = make_task("submitted", panda_status="running", panda_id=4711)
    values = {
        "parent_id": parent.id, "chain_id": parent.id, "current_priority": 850, "error_dialog": "<slow>",
        "jobs_done": 400, "jobs_failed": 25, "jobs_total": 1000, "seed_first": 5001, "seed_count": 1000,
        "started_at": now,
    }  # fmt: skip
    alter(update(Task).where(Task.id == task.id).values(**values))

    answer = browser.get(f"/tasks/{task.id}")

    facts, page = facts_of(answer), read(answer)
    assert facts["PanDA task id"] == "4711"
    assert (facts["Total jobs done"], facts["Current priority"]) == ("400", "850")
    assert facts["Seeds"] == "5 001 – 6 000"
    assert facts["Start time"] != "—"
    assert [link.attributes["href"] for link in page.one(id="task-facts").all("a")][:2] == [
        f"/tasks/{parent.id}",
        f"/chains/{parent.id}",
    ]
    state = page.one(id="task-state").text
    assert "running" in state
    assert "<slow>" in state
    assert (
        page.one("svg", class_="progress-line progress-large").attributes["aria-label"]
        == "400 of 1\u202f000 jobs done"
    )


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_status_that_panda_invented_later_is_shown_as_it_is(browser, make_task):
    task = make_task("submitted", panda_status="teleporting")

    state = read(browser.get(f"/tasks/{task.id}")).one(id="task-state").text

    assert "teleporting" in state
    assert "PanDA uses a word that this service does not know yet." in state


BUTTONS = {
    "draft": {"Submit task", "Change task", "Delete draft"},
    "queued": {"Change task", "Withdraw task"},
    "withdrawn": {"Make it a draft"},
    "rejected": {"Make it a draft"},
    **{state: set() for state in ("sending", "unknown", "held", "given-up", "submitted")},
}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_buttons_follow_the_state(browser, make_task):
    for state, buttons in BUTTONS.items():
        task = make_task(state, creator=browser.user)

        page = read(browser.get(f"/tasks/{task.id}"))

        shown = {each.text.removesuffix("…") for bar in page.all(id="task-actions") for each in bar.all()}
        assert shown & set.union(*BUTTONS.values()) == buttons, state


def test_the_history_tells_who_did_what_latest_first(browser, make_task):
    task = make_task("rejected", creator=browser.user)

    steps = list(read(browser.get(f"/tasks/{task.id}")).one(class_="timeline").all("li"))

    words = ["refused by PanDA", "sending", "queued", "draft"]
    assert all(word in step.text for word, step in zip(words, steps, strict=True))
    assert "PanDA refused it" in steps[0].text
    assert "Test Physicist" in steps[2].text


def test_what_was_sent_is_shown_exactly(browser, make_task, alter):
    task = make_task("submitted")
    alter(update(PandaCommand).values(payload=EXACT))

    part = read(browser.get(f"/tasks/{task.id}")).one(id="parameters")

    assert json.loads("".join(part.one("pre").parts)) == json.loads(EXACT)
    assert "These are exactly the parameters that were sent." in part.text


def test_what_would_be_sent_is_shown_before(browser, make_task, ask):
    task = make_task("draft", creator=browser.user)

    part = read(browser.get(f"/tasks/{task.id}")).one(id="parameters")

    assert json.loads("".join(part.one("pre").parts))["taskName"] == task.name
    assert "This is what would be sent now." in part.text
    assert ask(select(PandaCommand)) == []


@pytest.fixture
def call(app):
    """call(task, answer) writes down one exchange about a task."""

    def write(task, answer="fine", method="task/get_status"):
        with app.app_context():
            context = CallContext(task_id=task.id if task else None)
            number = begin_call(context, "GET", method, 7, '{"task_id": 7}', datetime.now(UTC))
            end_call(number, CallResult(200, answer, "ok", 12), datetime.now(UTC))
        return number

    return write


def test_the_calls_about_a_task_are_listed_latest_first(browser, make_task, call):
    task, other = make_task("submitted"), make_task("submitted")
    numbers = [call(task, f"answer {number}") for number in range(25)]
    call(other)

    part = read(browser.get(f"/tasks/{task.id}")).one(id="calls")

    rows = [row.attributes["id"] for row in part.one("tbody").all("tr")]
    assert rows == [f"call-{number}" for number in numbers[:4:-1]]


def test_a_viewer_sees_the_task_but_no_calls(sign_in, make_task, call):
    task = make_task("submitted")
    call(task, "a secret answer")

    answer = sign_in("viewer").get(f"/tasks/{task.id}")

    assert answer.status_code == 200
    assert "a secret answer" not in answer.text
    assert not read(answer).has(id="calls")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_page_tells_since_when_a_state_is_and_when_it_was_checked(browser, make_task, alter):
    task = make_task("submitted", panda_status="running")
    changed = datetime(2026, 3, 1, 12, tzinfo=UTC)
    times = {"confirmed_at": changed + timedelta(hours=1), "progress_at": changed + timedelta(hours=2)}
    alter(update(Task).values(state_as_of=changed, confirmed_at=None, progress_at=None))

    unchecked = read(browser.get(f"/tasks/{task.id}")).one(id="task-state")
    alter(update(Task).values(**times))
    checked = read(browser.get(f"/tasks/{task.id}")).one(id="task-state")

    moments = [time.attributes["title"] for time in checked.all("time")]
    assert moments == [
        "March 1, 2026, 15:00:00 Europe/Moscow · 2026-03-01 12:00:00 UTC",
        "March 1, 2026, 17:00:00 Europe/Moscow · 2026-03-01 14:00:00 UTC",
    ]
    assert "since March 1, 2026, 15:00:00" in unchecked.text
    assert ("checked" in unchecked.text, "checked" in checked.text) == (False, True)
