"""The history on the page of a task: states, fields, orders and comments along one line, latest first."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select

from app.domain.labels import Labels
from app.domain.task_state import CommandKind
from app.domain.way import Way
from app.domain.wish import Wish
from app.extensions import db
from app.models import TaskChange, TaskComment
from app.services.commands import request_command, wish_rules_from
from app.services.labels import change_labels
from app.services.rules import rules_from
from tests.databases import counted_statements
from tests.views.conftest import HTMX
from tests.views.reading import read
from tests.views.typing_in import press


def entries(answer):
    return list(read(answer).one(class_="timeline").all("li"))


def test_everything_that_happened_stands_in_one_line(app, browser, make_task):
    task = make_task(panda_status="running", creator=browser.user)
    now = datetime.now(UTC)  # after it was made
    with app.app_context():
        change_labels(
            task.id, browser.user, Labels(), Labels(("urgent",)), rules_from(app.config).labels, now
        )
        wish = Wish(CommandKind.PRIORITY, "700", "sooner")
        request_command(
            task.id, browser.user, task.version + 1, wish, wish_rules_from(app.config), now, Way.API
        )
    browser.post(f"/tasks/{task.id}/comments", data={"comment": "hello"})

    shown = [entry.text for entry in entries(browser.get(f"/tasks/{task.id}"))]

    assert "hello" in shown[0]
    assert any(
        "change priority to 700" in each and "through the API" in each and "sooner" in each for each in shown
    )
    assert any(each.startswith("Tags not given → becomes urgent") for each in shown)
    assert "draft" in shown[-1]
    assert all("Test Physicist" in each for each in (shown[0], shown[-1]))


def test_an_edit_is_one_entry_with_each_field_from_old_to_new(browser, make_task):
    task = make_task("draft", creator=browser.user)
    path = f"/tasks/{task.id}/edit"
    press(
        browser, browser.get(path), path, ("action", "save"), description="Jpsi", jobs="500", collision="pp"
    )

    first = entries(browser.get(f"/tasks/{task.id}"))[0]

    changes = [(row.one("dt").text, row.one("del").text, row.one("ins").text) for row in first.all("div")]
    assert changes == [
        ("Description", "minbias", "Jpsi"),
        ("Collision system", "not given", "pp"),
        ("Total jobs", "1 000", "500"),
    ]
    assert "Test Physicist" in first.text


@pytest.fixture
def long_history(app, task, browser, now):
    """A task with 130 changes and the state it began with."""
    row = {"task_id": task.id, "at": now, "way": "web", "field": "events", "old": "1", "new": "2"}
    with app.app_context():
        for number in range(130):
            db.session.execute(
                insert(TaskChange).values(**row, user_id=browser.user.id if number % 2 else None)
            )
        db.session.commit()
    return task


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_long_history_has_pages_of_its_own(browser, long_history):
    page = browser.get(f"/tasks/{long_history.id}")
    link = [
        each for each in read(page).one(id="history").all("a") if "Whole history: 132 entries" in each.text
    ]

    pages = [browser.get(f"{link[0].attributes['href']}?page={number}") for number in (1, 2, 3, "x")]

    assert [len(entries(each)) for each in (page, *pages)] == [20, 100, 32, 32, 100]
    assert "Earlier entries" in pages[0].text
    assert "Later entries" in pages[1].text


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_history_takes_no_more_statements_when_it_is_long(app, browser, task, long_history):
    with counted_statements(app) as of_hundred:
        browser.get(f"/tasks/{task.id}/history")
    with counted_statements(app) as of_twenty:
        browser.get(f"/tasks/{task.id}")

    assert len(of_hundred) < len(of_twenty)


def test_the_poll_sees_a_comment_and_its_end(app, browser, make_task, sign_in, ask):
    task, other = make_task(panda_status="running"), sign_in("physicist")
    status = read(browser.get(f"/tasks/{task.id}")).one(id="task-status").attributes["hx-get"]
    seen = []
    for step in ("comments", "edit", "delete"):
        assert browser.get(status, headers=HTMX).status_code == 204
        found = ask(select(TaskComment))
        path = f"/tasks/{task.id}/comments" if step == "comments" else f"/comments/{found[0].id}/{step}"
        other.post(path, data={"comment": step})
        answer = browser.get(status, headers=HTMX)
        seen.append(answer.status_code)
        status = read(answer).one(id="task-status").attributes["hx-get"]

    assert seen == [200, 200, 200]
