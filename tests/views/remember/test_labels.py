"""Labels on pages: set with a new task, changed later, shown, linked, and found in the list."""

from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from app.models import Task, TaskTag
from tests.views.reading import read
from tests.views.typing_in import form_of, press, problems_at, query_of, size

LABELS = {"tags": "urgent, mc", "campaign": "2026-spring", "request": "SPDPROD-1/2"}


def labels_on(answer):
    facts = read(answer).one(id="task-labels").one("dl")
    parts = [part for part in facts.all() if part.tag in {"dt", "dd"}]
    return {label.text: value.text for label, value in zip(parts[::2], parts[1::2], strict=True)}


def labels_form(browser, task):
    page = read(browser.get(f"/tasks/{task.id}/labels"))
    [form] = [
        each for each in page.all("form") if each.attributes.get("action") == f"/tasks/{task.id}/labels"
    ]
    return dict(form.sent())


def test_a_new_task_can_have_labels(browser, ask):
    page = browser.get("/tasks/new/size", query_string=size())
    assert "open" not in read(page).one(id="label-fields").attributes

    answer = press(browser, page, "/tasks/new/size", ("action", "draft"), **LABELS)

    [task] = ask(select(Task))
    assert answer.location == f"/tasks/{task.id}"
    assert (task.campaign, task.request) == ("2026-spring", "SPDPROD-1/2")
    assert sorted(row.tag for row in ask(select(TaskTag))) == ["mc", "urgent"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_wrong_labels_make_no_task_and_stay_in_the_form(browser, ask):
    wrong = {"tags": "Under_Score, fine", "campaign": "two words", "request": "<b>"}

    answer = browser.post("/tasks/new/size", data=size(**wrong, action="draft"))

    assert (answer.status_code, ask(select(Task))) == (422, [])
    form = form_of(answer)
    assert {name: form.value(name) for name in wrong} == wrong
    assert "open" in form.one(id="label-fields").attributes
    assert "“under_score” is no tag" in problems_at(answer, "tags")
    assert "2026-spring" in problems_at(answer, "campaign")


def test_labels_are_changed_whatever_the_state(browser, make_task, ask):
    task = make_task(panda_status="done", creator=browser.user)
    form = labels_form(browser, task)

    answer = browser.post(f"/tasks/{task.id}/labels", data=form | LABELS)

    assert (answer.status_code, answer.location) == (303, f"/tasks/{task.id}")
    page = browser.get(f"/tasks/{task.id}")
    assert labels_on(page) == {
        "Tags": "mc urgent",
        "Campaign": "2026-spring",
        "Production request": "SPDPROD-1/2",
    }
    assert labels_form(browser, task)["tags"] == "mc, urgent"


def test_labels_are_saved_of_a_task_that_was_sent_or_changed_meanwhile(browser, task, ask):
    form = labels_form(browser, task)
    browser.post(f"/tasks/{task.id}/submit", data={"version": str(task.version)})

    answer = browser.post(f"/tasks/{task.id}/labels", data=form | {"tags": "mine"})

    assert answer.status_code == 303
    [state] = ask(select(Task.state))
    assert (state, [row.tag for row in ask(select(TaskTag))]) == ("queued", ["mine"])


def test_an_old_page_of_labels_is_told_and_keeps_what_was_typed(browser, task, sign_in, ask):
    old = labels_form(browser, task)
    manager = sign_in("manager")
    manager.post(f"/tasks/{task.id}/labels", data=labels_form(manager, task) | {"tags": "theirs"})

    answer = browser.post(f"/tasks/{task.id}/labels", data=old | {"tags": "mine"})

    assert answer.status_code == 409
    assert "They are now: Tags: theirs; Campaign: none; Production request: none." in read(answer).text
    assert [row.tag for row in ask(select(TaskTag))] == ["theirs"]
    [form] = [
        each for each in read(answer).all("form") if each.attributes["action"] == f"/tasks/{task.id}/labels"
    ]
    again = browser.post(f"/tasks/{task.id}/labels", data=dict(form.sent()))
    assert (form.value("tags"), again.status_code) == ("mine", 303)
    assert [row.tag for row in ask(select(TaskTag))] == ["mine"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_list_of_campaigns_is_chosen_from(app, browser, task):
    app.config["CAMPAIGNS"] = ["2026-spring", "2026-autumn"]

    page = read(browser.get(f"/tasks/{task.id}/labels"))
    refused = browser.post(
        f"/tasks/{task.id}/labels", data=labels_form(browser, task) | {"campaign": "other"}
    )

    choices = [option.attributes["value"] for option in page.one("select", name="campaign").all("option")]
    assert choices == ["", "2026-spring", "2026-autumn"]
    assert refused.status_code == 422


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    ("template", "address"),
    [
        ("", None),
        ("https://tracker.example.org/{request}?x=1", "https://tracker.example.org/SPDPROD-1%2F2?x=1"),
    ],
)
def test_a_request_leads_to_the_tracker_where_there_is_one(app, browser, task, template, address):
    app.config["REQUEST_URL"] = template
    browser.post(f"/tasks/{task.id}/labels", data=labels_form(browser, task) | LABELS)

    links = read(browser.get(f"/tasks/{task.id}")).one(id="task-labels").all("a")

    found = [link.attributes["href"] for link in links if link.text == "SPDPROD-1/2"]
    assert found == ([address] if address else [])


@pytest.fixture
def labelled(browser, make_task, sign_in):
    """Three tasks: a is mine and labelled, b mine and not followed by me, c another's and followed by me."""
    mine = {letter: make_task("queued", creator=browser.user, description=letter) for letter in "ab"}
    browser.post(f"/tasks/{mine['a'].id}/labels", data=labels_form(browser, mine["a"]) | LABELS)
    browser.post(f"/tasks/{mine['b'].id}/unfollow")
    sign_in("manager").post(f"/tasks/{mine['b'].id}/follow")
    other = make_task("queued", description="c")
    browser.post(f"/tasks/{other.id}/follow")
    return {**mine, "c": other}


def letters(answer):
    return "".join(sorted(part.text for part in read(answer).all("span", data_part="description")))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tag=urgent", "a"), ("tag=urgen", ""), ("campaign=2026-spring", "a"), ("request=SPDPROD-1/2", "a"),
        ("creator=@me", "ab"), ("followed=@me", "ac"), ("followed=somebody", ""),
        ("tag=urgent&tag=other", "a"),
        ("followed=@me&tag=mc&campaign=2026-spring", "a"), ("creator=@me&tag=other", ""),
    ],
)  # fmt: skip
def test_the_list_finds_tasks_by_label_and_by_whose_they_are(browser, labelled, query, found):
    answer = browser.get(f"/tasks?{query}")

    assert letters(answer) == found


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_filter_by_label_stands_in_the_form_and_in_a_chip_that_takes_it_away(browser, labelled):
    page = read(browser.get("/tasks?tag=urgent&followed=@me&sort=name"))

    ticks, chips = page.one(id="filters").all("input", name="tag"), page.one(class_="chips")
    assert [(tick.attributes["value"], "checked" in tick.attributes) for tick in ticks] == [
        ("mc", False),
        ("urgent", True),
    ]
    assert len([pair for pair in page.one(id="filters").sent() if pair[0] == "tag"]) == 1
    assert not list(page.one(id="list-state").all("input", name="tag")), "it would stay for ever"
    assert "Tag: urgent" in chips.text
    assert "Followed by: me" in chips.text
    without = [parse_qs(urlsplit(link.attributes["href"]).query) for link in chips.all("a")][:2]
    assert without == [{"followed": ["@me"], "sort": ["name"]}, {"tag": ["urgent"], "sort": ["name"]}]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_labels_of_a_row_are_filters_and_others_stay_when_a_field_is_chosen(browser, labelled):
    row = read(browser.get("/tasks")).one(id=f"task-{labelled['a'].id}")

    links = [link.attributes["href"] for link in row.one(class_="row-labels").all("a")]
    chosen = query_of(browser.get("/tasks?tag=mc&followed=@me&field=year&value=2026"))

    assert links == [
        "/tasks?campaign=2026-spring",
        "/tasks?request=SPDPROD-1/2",
        "/tasks?tag=mc",
        "/tasks?tag=urgent",
    ]
    assert set(chosen[1]) == {("tag", "mc"), ("followed", "@me"), ("f_year", "2026")}
