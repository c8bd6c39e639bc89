"""Step 2 of a new task: how many events in how many jobs, and the task is made."""

import re

import pytest
from sqlalchemy import select

from app.models import PandaCommand, Task, TaskField, TaskTransition
from tests.build_task import FIELDS
from tests.views.reading import read
from tests.views.typing_in import NAME, form_of, press, problems_at, query_of, size, summary_of


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


def ticks_of(answer):
    return [tick.attributes["value"] for tick in read(answer).all("input", name="confirmed")]


def test_a_draft_is_saved_as_it_was_typed(browser, ask):
    answer = browser.post("/tasks/new/size", data=size(collision="pp", action="draft"))

    [task] = ask(select(Task))
    assert (answer.status_code, answer.location) == (303, f"/tasks/{task.id}")
    assert (task.name, task.state, task.shown_state) == (NAME, "draft", "draft")
    assert (task.events, task.jobs, task.jobs_total, task.collision) == (1_000_000, 1000, 1000, "pp")
    assert (task.task_type, task.recipe, task.convention_version, task.priority) == (
        "MC",
        "SIMULATION",
        1,
        900,
    )
    assert (task.creator_id, task.creator_name) == (browser.user.id, browser.user.username)
    assert {row.field: row.value for row in ask(select(TaskField))} == FIELDS
    assert [(row.old, row.new, row.user_id) for row in ask(select(TaskTransition))] == [
        (None, "draft", browser.user.id)
    ]
    assert ask(select(PandaCommand)) == []


def test_submitting_queues_the_task_for_the_scheduled_work(browser, ask):
    answer = browser.post("/tasks/new/size", data=size(action="submit"))

    [task], [command] = ask(select(Task)), ask(select(PandaCommand))
    assert task.state == "queued"
    assert (command.kind, command.state, command.task_id) == ("submit", "ready", task.id)
    assert (command.requested_by_id, command.payload) == (browser.user.id, None)
    assert [row.new for row in ask(select(TaskTransition).order_by(TaskTransition.id))] == ["draft", "queued"]
    page = browser.get(answer.location)
    assert "Submitted. It is sent to PanDA within seconds." in read(page).one(id="messages").text


@pytest.mark.parametrize("action", [None, "", "continue", "SUBMIT", "nonsense"])
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_without_the_button_for_it_nothing_is_submitted(browser, ask, action):
    browser.post("/tasks/new/size", data=size() | ({} if action is None else {"action": action}))

    assert [task.state for task in ask(select(Task))] == ["draft"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_forged_fields_change_nothing_else(browser, ask, make_user):
    other = make_user("admin")
    forged = {
        "creator_id": str(other.id), "state": "submitted", "priority": "9", "panda_id": "7", "id": "99",
        "seed_first": "1", "convention_version": "2", "parent_id": "1", "recipe": "EVIL",
    }  # fmt: skip

    browser.post("/tasks/new/size", data=size(**forged))

    [task] = ask(select(Task))
    assert (task.creator_id, task.state, task.priority, task.panda_id) == (
        browser.user.id,
        "draft",
        900,
        None,
    )
    assert (task.seed_first, task.parent_id, task.recipe, task.version) == (None, None, "SIMULATION", 1)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_page_shows_the_name_and_leads_back_with_all_that_was_typed(browser):
    answer = browser.get("/tasks/new/size", query_string=FIELDS | {"collision": "pp"})

    assert NAME in read(answer).one("main").text
    form = form_of(answer)
    assert {name: form.value(name) for name in FIELDS} == FIELDS
    back = press(browser, answer, "/tasks/new/size", ("action", "name"))
    assert (back.status_code, back.location.partition("?")[0]) == (303, "/tasks/new")
    again = form_of(browser.get(back.location))
    assert {name: again.value(name) for name in [*FIELDS, "collision"]} == FIELDS | {"collision": "pp"}


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    "typed", [{}, {"year": "2026"}, FIELDS | {"description": "ä b&c=d"}, FIELDS | {"energy": "1000"}]
)
def test_without_a_good_name_it_leads_back_to_step_1(browser, typed):
    answer = browser.get("/tasks/new/size", query_string=typed)

    path, query = query_of(answer)
    assert (answer.status_code, path, dict(query)) == (303, "/tasks/new", typed)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_confirmed_warning_of_the_name_is_not_asked_again(browser, ask):
    odd = FIELDS | {"energy": "1000"}
    refused = browser.post("/tasks/new", data=odd)
    led_on = press(browser, refused, "/tasks/new", ("action", "continue"), confirmed=ticks_of(refused))

    page = browser.get(led_on.location)
    answer = press(browser, page, "/tasks/new/size", ("action", "draft"), events="1000", jobs="10")

    assert answer.status_code == 303
    assert [task.name.split(".")[2] for task in ask(select(Task))] == ["1000"]


# What is typed where, words at the field, the value offered instead.
COUNTS = [
    ("events", "", "This must be filled in.", None),
    ("events", "0", "At least 1.", None),
    ("events", "-5", "is not a whole number", None),
    ("events", "abc", "“abc” is not a whole number.", None),
    ("events", "10 20", "is not a whole number", "1020"),
    ("events", "1,000,000", "is not a whole number", "1000000"),
    ("events", "1e6", "is not a whole number", "1000000"),
    ("events", "1.5e6", "is not a whole number", "1500000"),
    ("events", "1M", "is not a whole number", "1000000"),
    ("events", "1e400", "is not a whole number", None),
    ("events", "1.5", "is not a whole number", None),
    ("events", "0x10", "is not a whole number", None),
    ("events", "inf", "is not a whole number", None),
    ("events", "١٠٠٠", "is not a whole number", None),
    ("events", "9" * 99, "At most 10 000 000 000.", None),
    ("events", "9" * 5000, "is not a whole number", None),
    ("events", "10000000001", "At most 10 000 000 000.", None),
    ("events", "999", "", None),
    ("jobs", "100001", "At most 100 000.", None),
    ("jobs", "1e3", "is not a whole number", "1000"),
    ("jobs", "1000001", "At most 100 000.", None),
]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_counts_are_whole_numbers_within_limits(browser, ask):
    for name, typed, words, mend in COUNTS:
        answer = browser.post("/tasks/new/size", data=size(**{name: typed}))

        assert answer.status_code == 422
        assert words in problems_at(answer, name)
        assert form_of(answer).value(name) == typed
        offered = [button for button in form_of(answer).buttons("mend") if button.startswith(f"{name}:")]
        assert set(offered) == ({f"{name}:{mend}"} if mend else set()), typed
    assert ask(select(Task)) == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_count_is_mended_by_one_click_without_scripts(browser, ask):
    refused = browser.post("/tasks/new/size", data=size(events="1,000,000", jobs="2000", action="submit"))

    mended = press(browser, refused, "/tasks/new/size", ("mend", "events:1000000"))
    assert (form_of(mended).value("events"), form_of(mended).value("jobs")) == ("1000000", "2000")
    assert (mended.status_code, ask(select(Task))) == (200, [])

    press(browser, mended, "/tasks/new/size", ("action", "submit"))
    assert [(task.events, task.jobs, task.state) for task in ask(select(Task))] == [
        (1_000_000, 2000, "queued")
    ]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_more_jobs_than_events_are_refused_with_a_mend(browser):
    refused = browser.post("/tasks/new/size", data=size(events="100", jobs="1000"))

    assert refused.status_code == 422
    assert "More jobs (1000) than events (100)" in problems_at(refused, "jobs")
    mended = press(browser, refused, "/tasks/new/size", ("mend", "jobs:100"))
    assert form_of(mended).value("jobs") == "100"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_odd_size_asks_and_confirming_one_lets_only_that_one_through(browser, ask):
    refused = browser.post("/tasks/new/size", data=size(events="20000", jobs="20000"))
    ticks = ticks_of(refused)
    assert (refused.status_code, len(ticks)) == (422, 2)
    assert "PanDA would make 20 000 jobs, more than 10 000." in summary_of(refused)
    assert "Each job would make only 1 events." in summary_of(refused)

    answers = [
        press(browser, refused, "/tasks/new/size", ("action", "draft"), confirmed=each)
        for each in (ticks[0], ticks[1], ticks)
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 303]
    assert [task.jobs for task in ask(select(Task))] == [20000]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_name_that_went_bad_is_refused_at_the_end_too(browser, ask):
    answer = browser.post("/tasks/new/size", data=size(year="6565", description="two words"))

    assert answer.status_code == 422
    assert summary_of(answer).startswith("2 things to put right Year: At most")
    assert ask(select(Task)) == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_jobs_that_would_be_too_long_are_asked_about_everywhere(browser, make_task, ask):
    words = "Each job would take about 278 h, but may take at most 48 h; 58 jobs would fit."
    task = make_task("draft", creator=browser.user)
    long = size(jobs="10")
    plan = {name: value for name, value in FIELDS.items() if name != "data_type"} | {"steps": "SIMULATION"}
    cells = read(browser.post("/chains/new", data=plan | {"events": "1000000"})).all("input")
    [cell] = [
        each.attributes["name"] for each in cells if re.fullmatch(r"cell-\w+-0-jobs", each.attributes["name"])
    ]

    asked = {
        "preview": browser.get("/tasks/new/size/preview", query_string=long),
        "form": browser.post("/tasks/new/size", data=long | {"action": "draft"}),
        "edit": browser.post(f"/tasks/{task.id}/edit", data=long | {"task_version": "1"}),
        "plan": browser.post("/chains/new", data=plan | {"events": "1000000", "action": "draft", cell: "10"}),
    }

    assert {name: answer.status_code for name, answer in asked.items()} == {
        "preview": 200, "form": 422, "edit": 422, "plan": 422,
    }  # fmt: skip
    assert [name for name, answer in asked.items() if words not in answer.text] == []
    assert 'value="jobs:58"' in asked["form"].text
    assert len(ask(select(Task))) == 1
