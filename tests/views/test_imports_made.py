"""Create from a file: all tasks of a table are made, or the valid ones, or none."""

import pytest
from sqlalchemy import select

from app.models import PandaCommand, Task
from tests.build_table import chain_of, row
from tests.views.reading import read
from tests.views.tables import box, csv_of, send


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


def test_all_are_made_as_drafts_and_shown(browser, ask):
    answer = send(browser, csv_of(row(run="60"), row(run="61")), "all-draft")

    tasks = ask(select(Task).order_by(Task.id))
    assert (answer.status_code, [task.state for task in tasks]) == (303, ["draft", "draft"])
    page = browser.get(answer.location)
    assert "2 drafts are made." in page.text
    assert all(f"/tasks/{task.id}" in page.text for task in tasks)


def test_the_valid_ones_are_submitted_and_the_rest_is_named(browser, ask):
    chain = chain_of("SIMULATION", "RECO", "AOD", run="62")
    chain[1]["events"] = ""

    answer = send(browser, csv_of(row(run="60", energy="x"), *chain), "valid-submit")

    [task] = ask(select(Task))
    assert (answer.status_code, answer.location) == (303, f"/tasks/{task.id}")
    assert len(ask(select(PandaCommand))) == 1
    assert "Rows left out: 2, 4–5." in browser.get(answer.location).text


def test_more_tasks_than_an_address_holds_are_shown_as_a_list(browser, ask):
    answer = send(browser, csv_of(*(row(run=str(run)) for run in range(1, 401))), "all-draft")

    assert "list=" in answer.location
    assert "Tasks: 400" in (page := browser.get(answer.location).text) or "400" in page
    assert len(ask(select(Task.id))) == 400


@pytest.mark.parametrize("action", ["all-draft", "valid-draft"])
def test_the_second_of_two_clicks_makes_nothing_more(browser, ask, action):
    rows = [row(run="60"), row(run="61")] if action == "all-draft" else [row(run="60"), row(run="")]

    first, second = (send(browser, csv_of(*rows), action) for _ in range(2))

    assert (second.status_code, second.location) == (303, first.location)
    assert len(ask(select(Task))) == len(rows) - (action == "valid-draft")


@pytest.mark.parametrize("which", ["all", "valid"])
def test_drafts_that_were_just_made_are_not_submitted_by_the_other_button(browser, ask, which):
    text = csv_of(row(run="60"), row(run="61"))
    send(browser, text, f"{which}-draft")

    answer = send(browser, text, f"{which}-submit")

    assert answer.status_code == 422
    assert "has this name already" in answer.text
    assert {task.state for task in ask(select(Task))} == {"draft"}


def test_no_drafts_are_said_to_be_made_of_tasks_just_submitted(browser):
    text = csv_of(row(run="60"))
    send(browser, text, "all-submit")

    page = browser.get(send(browser, text, "all-draft").location)

    assert "No draft is made: you made and submitted this task a moment ago." in page.text


def test_of_many_rows_left_out_the_first_are_named(browser):
    rows = [row(run="x" if number % 2 else str(number)) for number in range(100, 160)]
    checked = read(send(browser, csv_of(*rows))).text
    assert "Rows that will be left out: 3, 5, 7," in checked
    assert "41 and 10 more." in checked

    answer = send(browser, csv_of(*rows), "valid-draft")

    told = read(browser.get(answer.location)).one(id="messages").text
    assert "Rows left out: 3, 5, 7," in told
    assert told.split(", ")[-1] == "41 and 10 more."


def test_all_are_refused_where_one_is_wrong_and_the_text_stays(browser, ask):
    text = csv_of(row(), row(run="60", energy="x"))

    answer = send(browser, text, "all-draft")

    assert (answer.status_code, ask(select(Task))) == (422, [])
    assert box(answer).strip() == text.strip()
    assert "Energy: “x” is not a number." in answer.text


def test_a_warning_is_confirmed_for_all_rows_at_once(browser, ask):
    text = csv_of(row(energy="40"), row(energy="41"))
    checked = send(browser, text)
    [tick] = read(checked).all("input", name="confirmed")

    refused = send(browser, text, "all-draft")
    made = send(browser, text, "all-draft", confirmed=tick.attributes["value"])

    assert "Rows 2–3" in read(checked).text
    assert (refused.status_code, made.status_code) == (422, 303)
    assert len(ask(select(Task))) == 2


def test_what_was_changed_since_it_was_checked_is_shown_first(browser, ask):
    mark = read(send(browser, csv_of(row()))).one("input", name="mark").attributes["value"]

    changed = send(browser, csv_of(row(run="60")), "all-draft", mark=mark)
    made = send(browser, csv_of(row()), "all-draft", mark=mark)

    assert changed.status_code == 422
    assert "The text has changed since it was checked." in changed.text
    assert made.status_code == 303
    assert len(ask(select(Task))) == 1
