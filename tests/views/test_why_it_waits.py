"""A queued task says everywhere what it waits for: in the list, and in the queue of the operator."""

import pytest
from sqlalchemy import update

from app.models import Task
from tests.views.conftest import HTMX
from tests.views.reading import read

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def pair(make_task, alter, sign_in):
    """A parent that runs, and the child that waits for it."""
    parent, child = make_task("submitted", panda_status="running"), make_task("queued")
    alter(update(Task).where(Task.id == child.id).values(parent_id=parent.id))
    return parent, child


@pytest.mark.parametrize(
    ("of_parent", "words"),
    [
        ({"panda_status": "running"}, "its parent, task {}, is not done yet"),
        ({"panda_status": "finished", "jobs_done": 9}, "held: its parent, task {}, is only partly done"),
        ({"panda_status": "failed"}, "held: its parent, task {}, has come to nothing"),
        ({"panda_status": None, "state": "draft"}, "held: its parent, task {}, has not been submitted"),
        ({"panda_status": "done"}, None),
    ],
)
def test_what_a_step_waits_for_stands_in_the_list_and_in_the_queue(sign_in, pair, alter, of_parent, words):
    parent, child = pair
    status = of_parent["panda_status"] or of_parent["state"]
    alter(
        update(Task).where(Task.id == parent.id).values(of_parent | {"shown_state": status, "jobs_total": 10})
    )
    manager = sign_in("manager")

    row = read(manager.get("/tasks")).one("tr", id=f"task-{child.id}").one("td", data_label="State").text
    queue = read(manager.get("/delivery")).one("td", data_label="Why it waits").text
    next_try = read(manager.get("/delivery")).one("td", data_label="Next try").text

    if words is None:
        assert (row.strip(), queue.strip()) == ("queued", "its turn")
        assert next_try.strip()
    else:
        assert words.format(parent.id) in row
        assert (queue.strip(), next_try.strip()) == (words.format(parent.id), "")


def test_an_open_list_follows_the_parents(sign_in, pair, alter):
    parent, child = pair
    browser = sign_in("manager")
    page = read(browser.get(f"/tasks?q={child.name}"))
    [url] = [
        each.attributes["hx-get"] for each in page.all() if "revision" in each.attributes.get("hx-get", "")
    ]
    assert browser.get(url, headers=HTMX).status_code == 204

    alter(update(Task).where(Task.id == parent.id).values(panda_status="failed"))

    assert "has come to nothing" in browser.get(url, headers=HTMX).text
