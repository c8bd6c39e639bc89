"""The form that changes many tasks: what is ticked is changed, what is only typed is asked about."""

import pytest

from tests.views.reading import read

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


@pytest.fixture
def change(browser, make_task):
    """change(**typed) → the answer of the form that changes a draft."""
    task = make_task("draft", creator=browser.user)
    proposed = browser.post("/bulk", data={"kind": "edit", "task": f"{task.id}:{task.version}"})

    def send(**typed):
        return browser.post(f"{proposed.location}/fields", data=typed)

    return send


def test_what_is_typed_in_a_field_that_is_not_ticked_is_not_dropped(change):
    answer = change(change_campaign="1", campaign="2026-spring", events="7777")

    assert answer.status_code == 422
    assert "tick the field as well, or empty it" in answer.text
    assert read(answer).one("input", name="events").attributes["value"] == "7777"


def test_what_is_ticked_is_taken(change):
    assert change(change_campaign="1", campaign="2026-spring", events="").status_code == 303
