"""The planner: one page from a sample to all its tasks."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from app.models import PandaCommand, Task
from tests.views.conftest import HTMX
from tests.views.reading import read

SAMPLE = {
    "steps": "EVGEN-SIMULATION-RECO-AOD", "year": "2026", "source": "MC", "energy": "27",
    "polarization": "UU", "description": "minbias", "run": "59", "dataset": "mySample", "version": "",
    "events": "1000000",
}  # fmt: skip


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


def sample(action: str = "lay-out", **changes: Any) -> dict[str, Any]:
    return {**SAMPLE, "action": action, **changes}


def names(answer: Any) -> list[str]:
    return [re.sub(r"\s", "", found.text) for found in read(answer).all("span", class_="name")]


def cells(answer: Any) -> dict[str, str]:
    """Return the fields of the table by name, as a browser would send them."""
    found = read(answer).all("input")
    return {
        each.attributes["name"]: each.attributes.get("value", "")
        for each in found
        if "cell-" in each.attributes.get("name", "")
    }


def test_the_page_without_anything_asks_for_a_sample(browser):
    answer = browser.get("/chains/new")

    assert answer.status_code == 200
    assert "Fill in the fields above" in answer.text
    assert cells(answer) == {}


def test_the_plan_is_laid_out_and_nothing_is_stored(browser, ask):
    answer = browser.post("/chains/new", data=sample(energy="10, 27", polarization=["UU", "LL"]))

    assert answer.status_code == 200
    assert "16 tasks would be made" in answer.text
    assert len(cells(answer)) == 16 * 4 * 2
    assert ask(select(Task)) == []


def test_an_address_fills_the_form_in(browser):
    answer = browser.get("/chains/new", query_string={**SAMPLE, "steps": "SIMULATION-RECO"})

    assert "2 tasks would be made" in answer.text
    assert "2026.MC.27.UU.minbias.59.RECO.mySample.1" in names(answer)


def test_htmx_gets_the_table_alone(browser):
    answer = browser.post("/chains/new", data=sample(), headers=HTMX)

    assert answer.text.lstrip().startswith("<section")
    assert "4 tasks would be made" in answer.text


def test_all_tasks_are_made_and_submitted(browser, ask):
    answer = browser.post("/chains/new", data=sample("submit"))

    tasks = ask(select(Task).order_by(Task.id))
    assert (answer.status_code, answer.location) == (303, f"/chains/{tasks[0].id}")
    assert [task.recipe for task in tasks] == ["EVGEN", "SIMULATION", "RECO", "AOD"]
    assert {task.state for task in tasks} == {"queued"}
    assert len(ask(select(PandaCommand))) == 4


def test_what_was_typed_into_a_cell_is_made(browser, ask):
    typed = cells(browser.post("/chains/new", data=sample()))
    events = [name for name in typed if re.fullmatch(r"cell-\w+-1-events", name)]
    jobs = [name for name in typed if re.fullmatch(r"cell-\w+-3-jobs", name)]
    typed |= {events[0]: "50 000", jobs[0]: "7"}

    again = browser.post("/chains/new", data=sample() | typed)
    made = browser.post("/chains/new", data=sample("draft") | cells(again))

    assert made.status_code == 303
    sizes = [(task.events, task.jobs) for task in ask(select(Task).order_by(Task.id))]
    assert sizes == [(1_000_000, 100), (50_000, 50), (50_000, 13), (50_000, 7)]


def test_what_follows_follows_a_change_above(browser):
    typed = cells(browser.post("/chains/new", data=sample()))

    again = cells(browser.post("/chains/new", data=sample(events="2000000") | typed))

    assert {value for name, value in again.items() if name.endswith("-events")} == {"2000000"}


def test_a_cell_keeps_what_was_typed_when_other_chains_come(browser):
    typed = cells(browser.post("/chains/new", data=sample()))
    [name] = [name for name in typed if re.fullmatch(r"cell-\w+-0-events", name)]

    again = cells(browser.post("/chains/new", data=sample(energy="10, 27") | typed | {name: "500"}))

    assert again[name] == "500"
    assert sorted(value for key, value in again.items() if re.fullmatch(r"cell-\w+-0-events", key)) == [
        "1000000", "500",
    ]  # fmt: skip


def test_what_is_wrong_stands_in_its_row_and_nothing_is_made(browser, ask):
    answer = browser.post("/chains/new", data=sample("submit", description="min bias"))

    assert answer.status_code == 422
    assert answer.text.count("A name cannot hold spaces.") == 4 + 1, "each row, and once at the top"
    assert read(answer).one("input", name="description").attributes["value"] == "min bias"
    assert ask(select(Task)) == []


def test_a_warning_is_confirmed_once_for_all(browser, ask):
    refused = browser.post("/chains/new", data=sample("draft", energy="40"))
    [tick] = read(refused).all("input", name="confirmed")
    assert refused.status_code == 422

    made = browser.post("/chains/new", data=sample("draft", energy="40", confirmed=tick.attributes["value"]))

    assert made.status_code == 303
    assert len(ask(select(Task))) == 4


def test_of_two_clicks_the_second_leads_to_what_the_first_made(browser, ask):
    first = browser.post("/chains/new", data=sample("submit", version="1"))
    second = browser.post("/chains/new", data=sample("submit", version="1"))

    assert (second.status_code, second.location) == (303, first.location)
    assert len(ask(select(Task))) == 4


def test_of_two_clicks_without_a_version_too(browser, ask):
    """The plan of the second would take the next free version; what was seen on the page counts."""
    seen = cells(browser.post("/chains/new", data=sample()))
    first = browser.post("/chains/new", data=sample("submit") | seen)
    second = browser.post("/chains/new", data=sample("submit") | seen)

    assert (second.status_code, second.location) == (303, first.location)
    assert len(ask(select(Task))) == 4


def test_drafts_that_were_just_made_are_not_submitted_by_the_other_button(browser, ask):
    browser.post("/chains/new", data=sample("draft", version="1"))
    answer = browser.post("/chains/new", data=sample("submit", version="1"))

    assert answer.status_code == 422
    assert "has this name already" in answer.text
    assert {task.state for task in ask(select(Task))} == {"draft"}


def test_no_drafts_are_said_to_be_made_of_tasks_just_submitted(browser, ask):
    browser.post("/chains/new", data=sample("submit", version="1"))
    answer = browser.post("/chains/new", data=sample("draft", version="1"), follow_redirects=True)

    assert "No drafts are made: you made and submitted these 4 tasks a moment ago." in answer.text
    assert "drafts are made." not in read(answer).one(id="messages").text.replace("No drafts are made:", "")
    assert {task.state for task in ask(select(Task))} == {"queued"}


def test_too_many_are_said_and_not_laid_out(browser, ask):
    answer = browser.post("/chains/new", data=sample("submit", run="1-300"))

    assert answer.status_code == 422
    assert "These would be 1200 tasks" in answer.text
    assert 'href="#plan"' in answer.text
    assert ask(select(Task)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": "AOD-EVGEN"}, {"steps": ""}, {"steps": "<b>"}, {"events": "x" * 5000}, {"run": "9" * 4000},
        {"run": "0-999999999"}, {"energy": ",,,;;"}, {"source": ["MC", "Data", "<script>"]}, {"year": "\x00"},
        {"cell-000000000000-0-events": "5"}, {"cell-zz-99-jobs": "5"}, {"collision": "?"},
        {"energy": ", ".join(map(str, range(1000)))}, {"dataset": "\u202e\n\u0416"},
    ],
)  # fmt: skip
def test_nonsense_gets_an_answer(browser, ask, changes):
    for action in ("lay-out", "draft"):
        answer = browser.post("/chains/new", data=sample(action, **changes))

        assert answer.status_code in {200, 303, 422}
        assert "<script>" not in re.sub(r"<script src=[^>]*>", "", answer.text)


def test_a_copy_begins_with_what_was_and_keeps_where_it_came_from(browser, ask):
    browser.post("/chains/new", data=sample("draft"))
    first = ask(select(Task).order_by(Task.id))[0]
    page = read(browser.get(f"/chains/{first.id}"))
    [link] = [each for each in page.all("a") if each.text.strip() == "Copy the chain"]

    plan = browser.get(link.attributes["href"])
    assert "2026.MC.27.UU.minbias.59.AOD.mySample.2" in names(plan)
    made = browser.post("/chains/new", data=sample("draft") | {"from": str(first.id)})

    assert made.status_code == 303
    rows = ask(select(Task).order_by(Task.id))
    assert [row.cloned_from_id for row in rows] == [None] * 4 + [row.id for row in rows[:4]]
    assert "Cloned from" in browser.get(f"/tasks/{rows[-1].id}").text


def test_a_task_is_copied_for_other_runs_with_what_is_different_said(browser, make_task, ask):
    task = make_task("submitted", creator=browser.user, run="59", events=90_000, jobs=30, collision="pp")
    page = read(browser.get(f"/tasks/{task.id}"))
    [link] = [each for each in page.all("a") if each.text.strip() == "Copy task"]

    plan = browser.get(link.attributes["href"])
    assert "changed: Version" in plan.text
    made = browser.post(
        "/chains/new",
        data=sample("draft", **{"from": str(task.id)}, steps="SIMULATION", run="59-61", events="90000",
                    dataset="myDataset.123456.name", collision="pp",
                    confirmed="name:sample_exists:"),
    )  # fmt: skip

    assert made.status_code == 303
    copies = ask(select(Task).where(Task.id != task.id).order_by(Task.id))
    assert [copy.name.split(".")[5] for copy in copies] == ["59", "60", "61"]
    assert {(copy.events, copy.jobs, copy.collision) for copy in copies} == {(90_000, 30, "pp")}
    assert {copy.cloned_from_id for copy in copies} == {task.id}
    assert {copy.panda_id for copy in copies} == {None}, "what PanDA or the service set is not copied"


def test_somebody_elses_draft_is_no_origin(browser, make_task, ask):
    draft = make_task("draft")

    made = browser.post("/chains/new", data=sample("draft", steps="SIMULATION", **{"from": str(draft.id)}))

    assert made.status_code == 303
    assert [task.cloned_from_id for task in ask(select(Task).where(Task.id != draft.id))] == [None]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_decimal_comma_is_asked_about(browser):
    page = browser.get("/chains/new", query_string={**SAMPLE, "energy": "13,5"})

    assert "“13,5” is not a number." in read(page).text
    assert "Is “13.5” meant? Several numbers are parted by a comma and a blank." in read(page).text
