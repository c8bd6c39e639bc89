"""What an order on a step means for those that read it, and what a step was made of, stand on the pages."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from app.models import Task
from tests.views.reading import read

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


@pytest.fixture
def chain(browser, make_task, alter):
    """chain(status, child_state) → a step that PanDA has in this status, and the one that reads it."""

    def make(status, child_state, **of_parent):
        parent = make_task(creator=browser.user, panda_status=status)
        child = make_task(child_state, creator=browser.user)
        alter(update(Task).where(Task.id == parent.id).values(chain_id=parent.id, **of_parent))
        alter(update(Task).where(Task.id == child.id).values(chain_id=parent.id, parent_id=parent.id))
        return parent, child

    return make


def test_a_kill_says_who_waits(browser, chain):
    parent, _child = chain("running", "queued")

    page = read(browser.get(f"/tasks/{parent.id}"))

    assert "1 task of its chain waits for it and will be held." in page.one(id="order-fields-kill").text


def test_a_retry_says_who_gets_nothing_of_it_and_a_child_that_it_read_a_part(browser, chain):
    accepted = {"part_accepted_at": datetime(2026, 1, 1, tzinfo=UTC), "jobs_done": 9, "jobs_total": 10}
    parent, child = chain("finished", "submitted", **accepted)

    retry = read(browser.get(f"/tasks/{parent.id}")).one(id="order-fields-retry").text
    state = read(browser.get(f"/tasks/{child.id}")).one(id="task-state").text

    assert "1 task that reads it was sent already: it gets nothing of what the retry adds." in retry
    assert "was only partly done when this one was sent" in state
    assert parent.name in state
