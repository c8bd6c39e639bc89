"""What PanDA will make of a new task, said before it is made."""

import json

import pytest
from sqlalchemy import select

from app.models import Task
from tests.build_task import FIELDS
from tests.views.conftest import HTMX
from tests.views.reading import read
from tests.views.typing_in import NAME, size, summary_of


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


CARDS = [
    ({"events": "1000000", "jobs": "1000"}, "Events per job 1 000"),
    ({"events": "1000", "jobs": "3"}, "Events per job 334"),
    ({"events": "10", "jobs": "4"}, "Jobs PanDA will really make 4"),
    ({"events": "100", "jobs": "30"}, "Jobs PanDA will really make 25"),
    ({"events": "1e6", "jobs": "3"}, "“1e6” is not a whole number."),
    ({"events": "1", "jobs": "3"}, "More jobs (3) than events (1)"),
    ({"events": "", "jobs": ""}, "Events per job —"),
    ({}, "Events per job —"),
]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_card_says_what_panda_will_make_of_it(browser):
    for typed, words in CARDS:
        for headers in ({}, HTMX):
            answer = browser.get("/tasks/new/size/preview", query_string=FIELDS | typed, headers=headers)

            assert "<html" not in answer.text
            assert words in read(answer).one(id="size-card").text


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_card_shows_the_parameters_that_panda_would_get(browser, ask):
    card = read(browser.get("/tasks/new/size/preview", query_string=size())).one(id="size-card")

    payload = json.loads("".join(card.one("pre").parts))
    assert (payload["taskName"], payload["nEvents"], payload["nEventsPerJob"]) == (NAME, 1_000_000, 1000)
    assert payload["spdCreator"] == browser.user.username
    assert ask(select(Task)) == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("typed", [size(events="x"), size(year="88"), size(description="$(rm)"), {}])
def test_there_are_no_parameters_while_something_is_wrong(browser, typed):
    card = read(browser.get("/tasks/new/size/preview", query_string=typed)).one(id="size-card")

    assert not card.has("pre")


class TestNotSendable:
    """Detector data are reconstructed from a parent, and this task has none."""

    TYPED = size(source="Data", data_type="RECO")
    WORDS = "This data type reads a dataset, and the task has no parent to read from."

    def test_it_is_not_submitted_and_says_why(self, browser, ask):
        answer = browser.post("/tasks/new/size", data=self.TYPED | {"action": "submit"})

        assert answer.status_code == 422
        assert f"Input: {self.WORDS}" in summary_of(answer)
        assert ask(select(Task)) == []

    def test_it_is_saved_as_a_draft_which_cannot_be_submitted_either(self, browser, ask):
        draft = browser.post("/tasks/new/size", data=self.TYPED | {"action": "draft"}).location
        answer = browser.post(f"{draft}/submit", data={"version": "1"})

        assert answer.status_code == 303
        assert self.WORDS in read(browser.get(answer.location)).one(id="messages").text
        assert [task.state for task in ask(select(Task))] == ["draft"]
