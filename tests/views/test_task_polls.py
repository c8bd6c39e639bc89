"""The page of a task follows its state by itself, without a word where nothing changed."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.models import Task
from tests.databases import counted_statements
from tests.views.conftest import HTMX
from tests.views.reading import read


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


def poll_of(answer):
    return read(answer).one(id="task-status").attributes.get("hx-get")


def test_the_state_is_polled_and_nothing_is_answered_while_nothing_changes(browser, make_task, alter):
    task = make_task("submitted", panda_status="running")
    url = poll_of(browser.get(f"/tasks/{task.id}"))

    unchanged = browser.get(url, headers=HTMX)
    alter(update(Task).values(jobs_done=10))
    changed = browser.get(url, headers=HTMX)

    assert (unchanged.status_code, unchanged.text) == (204, "")
    assert changed.status_code == 200
    assert changed.text.lstrip().startswith('<div id="task-status"')
    assert poll_of(changed) != url


@pytest.mark.parametrize(
    "of_parent",
    [{"panda_status": "failed"}, {"jobs_done": 9}, {"part_accepted_at": datetime(2026, 1, 1, tzinfo=UTC)}],
)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_page_of_a_child_follows_its_parent(browser, make_task, alter, of_parent):
    parent, child = make_task("submitted", panda_status="running"), make_task("queued")
    alter(update(Task).where(Task.id == child.id).values(parent_id=parent.id))
    page = browser.get(f"/tasks/{child.id}")
    url = poll_of(page)
    assert browser.get(url, headers=HTMX).status_code == 204

    alter(update(Task).where(Task.id == parent.id).values(of_parent))

    assert browser.get(url, headers=HTMX).status_code == 200
    assert "a few seconds" not in read(page).one(id="task-state").text


CHANGES = [
    {"shown_state": "merging"}, {"jobs_failed": 1}, {"jobs_total": 5}, {"error_dialog": "x"}, {"version": 8},
    {"current_priority": 1}, {"updated_at": datetime(2026, 1, 1, tzinfo=UTC)},
]  # fmt: skip


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_every_change_of_what_is_shown_is_seen_by_the_poll(browser, make_task, alter):
    task = make_task("submitted", panda_status="running")
    url = poll_of(browser.get(f"/tasks/{task.id}"))

    for change in CHANGES:
        alter(update(Task).values(**change))
        answer = browser.get(url, headers=HTMX)

        assert answer.status_code == 200, change
        url = poll_of(answer)


AT_REST = [("draft", None), ("withdrawn", None), ("rejected", None)]


AT_REST += [("submitted", status) for status in ("done", "finished", "failed", "aborted", "broken")]


MOVING = [("queued", None), ("unknown", None), ("held", None), ("submitted", None), ("submitted", "running")]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_polling_stops_where_nothing_moves_by_itself(browser, make_task):
    def is_polled(state, status):
        task = make_task(state, creator=browser.user, panda_status=status)
        return poll_of(browser.get(f"/tasks/{task.id}")) is not None

    assert not [each for each in AT_REST if is_polled(*each)]
    assert not [each for each in MOVING if not is_polled(*each)]


def test_somebody_who_looks_has_the_state_read_soon(browser, make_task, ask):
    task = make_task("submitted", panda_status="running")

    browser.get(f"/tasks/{task.id}")

    assert abs(ask(select(Task))[0].refresh_due_at - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize(("state", "status"), [("draft", None), ("queued", None), ("submitted", "running")])
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_looking_again_and_polling_write_nothing(app, browser, make_task, state, status):
    task = make_task(state, creator=browser.user, panda_status=status)
    browser.get(f"/tasks/{task.id}")

    with counted_statements(app) as statements:
        browser.get(f"/tasks/{task.id}")
        browser.get(f"/tasks/{task.id}/status", headers=HTMX)

    assert not [
        each for each in statements if each.startswith(("UPDATE", "INSERT", "DELETE", "BEGIN IMMEDIATE"))
    ]
    assert len(statements) > 5
