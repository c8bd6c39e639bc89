"""Saved views: saved from the list, opened, renamed, shared, deleted; the one that the list begins with."""

import pytest
from sqlalchemy import select

from app.models import SavedView
from tests.views.conftest import HTMX
from tests.views.reading import read

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

QUERY = "q=min&state=done&state=failed&sort=name&f_run=59-70"


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


def save(browser, name="mine", query=QUERY, **more):
    return browser.post("/views", data={"name": name, "query": query, **more})


def views(ask):
    return [(view.name, view.query, view.is_shared) for view in ask(select(SavedView).order_by(SavedView.id))]


def told(answer):
    return read(answer).one(id="messages").text


def test_what_the_list_shows_is_saved_and_opened(browser, ask):
    page = read(browser.get(f"/tasks?{QUERY}&page=3&revision=x&made_up=1"))
    [query] = [box.attributes["value"] for box in page.all("input", form="save-view")]

    answer = save(browser, "  my   view ", query)
    opened = browser.get("/views/1")

    assert views(ask) == [("my view", QUERY, False)]
    assert (answer.status_code, answer.location) == (303, f"/tasks?{QUERY}")
    assert (opened.status_code, opened.location) == (303, f"/tasks?{QUERY}")
    listed = read(browser.get(opened.location)).one("ul", class_="views")
    assert "view is saved" not in listed.text
    assert listed.one("a").attributes == {"href": "/views/1", "aria-current": "true"}


def test_what_makes_no_sense_is_not_saved(browser, ask):
    save(browser, query="state=done&updated=never&f_gone=1&page=7&sort=x&<b>=1&%00=%00&all=1")
    save(browser, "everything", query="page=2")

    assert views(ask) == [("mine", "state=done", False), ("everything", "", False)]
    assert browser.get("/views/2").location == "/tasks?all=1"


def test_a_view_that_no_longer_makes_sense_says_so(browser, ask, alter):
    save(browser)
    alter(SavedView.__table__.update().values(query="state=done&f_gone=7&updated=soon"))

    answer = browser.get("/views/1", follow_redirects=True)

    assert read(answer).one(id="list-notes").text == (
        "Not understood, and left out: Last update: soon, gone: 7"
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "This must be filled in."),
        (" \u200b\n", "This must be filled in."),
        ("x" * 81, "At most 80 characters."),
    ],
)
def test_a_name_that_is_none_is_refused_with_all_that_was_typed(browser, ask, name, words):
    answer = save(browser, name, is_shared="y")

    form = read(answer).one("form", class_="view-form")
    assert answer.status_code == 422
    assert words in form.text
    assert (form.value("query"), form.value("is_shared")) == (QUERY, "y")
    assert views(ask) == []


def test_a_name_one_has_is_replaced_only_when_that_is_meant(browser, ask):
    save(browser)

    refused = save(browser, query="state=draft")
    sent = dict(read(refused).one("form", class_="view-form").sent())
    before = views(ask)
    replaced = browser.post("/views", data={**sent, "replaces": "y"})

    assert (refused.status_code, replaced.status_code) == (422, 303)
    assert "You have a view of this name already." in refused.text
    assert before == [("mine", QUERY, False)]
    assert views(ask) == [("mine", "state=draft", False)]


def test_a_view_that_no_address_holds_is_refused(browser, ask):
    answer = save(browser, query="&".join(f"f_dataset={number:0100}" for number in range(40)))

    assert answer.status_code == 422
    assert "These are more filters than an address can hold." in answer.text
    assert views(ask) == []


def test_there_is_a_limit_and_it_is_said(app, browser, ask):
    app.config["SAVED_VIEWS_LIMIT"] = 2
    for name in "ab":
        save(browser, name)

    answer = save(browser, "c")

    assert answer.status_code == 422
    assert "You have 2 saved views, and may keep no more." in answer.text
    assert "You may keep 2 views." in browser.get("/views").text
    assert len(views(ask)) == 2


def test_the_page_of_views_shows_whose_they_are_and_what_may_be_done(browser, sign_in):
    other, manager = sign_in("viewer"), sign_in("manager")
    save(browser, "shared", is_shared="y")
    save(browser, "private")

    pages = [read(who.get("/views")) for who in (browser, other, manager)]

    assert [[head.text for head in page.one("main").all("h2")] for page in pages] == [
        ["private", "shared"], ["shared"], ["shared"],
    ]  # fmt: skip
    actions = [{form.attributes["action"] for form in page.one(id="view-1").all("form")} for page in pages]
    begin = "/views/1/default"
    assert actions == [{begin, "/views/1/change", "/views/1/delete"}, {begin}, {begin, "/views/1/delete"}]
    assert "Test Physicist" in pages[1].one(id="view-1").text
    assert "State: done" in pages[1].one(id="view-1").text


def test_a_view_is_renamed_and_shared_by_its_owner_alone(browser, sign_in, ask):
    save(browser, is_shared="y")
    save(browser, "another")
    others = [sign_in("viewer"), sign_in("manager"), sign_in("admin")]

    refused = [who.post("/views/1/change", data={"name": "x"}) for who in others]
    hidden = [who.post("/views/2/change", data={"name": "x"}) for who in others]
    taken = browser.post("/views/1/change", data={"name": "another", "is_shared": "y"})
    empty = browser.post("/views/1/change", data={"name": " "})
    changed = browser.post("/views/1/change", data={"name": "renamed"}, follow_redirects=True)

    assert [answer.status_code for answer in refused] == [403] * 3
    assert "Only the person whose it is may do this." in refused[0].text
    assert [answer.status_code for answer in hidden] == [404] * 3
    assert (taken.status_code, empty.status_code) == (422, 422)
    assert read(taken).one(id="view-1").one("input", name="name").attributes["value"] == "another"
    assert "The view “renamed” is saved." in told(changed)
    assert views(ask) == [("renamed", QUERY, False), ("another", QUERY, False)]


def test_a_view_is_deleted_once(browser, sign_in, ask):
    save(browser, is_shared="y")

    foreign = sign_in("physicist").post("/views/1/delete")
    first, second = browser.post("/views/1/delete", follow_redirects=True), browser.post("/views/1/delete")

    assert (foreign.status_code, second.status_code) == (403, 404)
    assert "The view “mine” was deleted." in told(first)
    assert views(ask) == []


def test_the_list_begins_with_the_view_chosen_where_the_address_says_nothing(browser, sign_in):
    save(browser, is_shared="y")
    other = sign_in("viewer")
    before = other.get("/tasks").status_code

    other.post("/views/1/default")

    led = other.get("/tasks")
    assert (before, led.status_code, led.location) == (200, 303, f"/tasks?{QUERY}")
    assert [other.get(path).status_code for path in ("/tasks?all=1", "/tasks?q=", "/tasks?sort=name")] == [
        200
    ] * 3
    assert other.get("/tasks", headers=HTMX).status_code == 200
    assert browser.get("/tasks").status_code == 200
    assert "your list begins with it" in other.get("/views").text
    other.post("/views/no-default")
    assert other.get("/tasks").status_code == 200


def test_every_filter_can_be_taken_away_from_a_list_that_begins_with_a_view(browser):
    save(browser, query="state=done")
    browser.post("/views/1/default")

    page = read(browser.get("/tasks", follow_redirects=True))

    assert page.one("li", class_="chip").one("a").attributes["href"] == "/tasks?all=1"


def test_nothing_is_led_astray_by_what_is_typed(browser, ask):
    name = "<img src=x onerror=alert(1)>\u202e{{7*7}}"

    save(browser, name, is_shared="y")

    pages = [browser.get("/views").text, browser.get("/tasks").text]
    assert views(ask)[0][0] == "<img src=x onerror=alert(1)>{{7*7}}"
    assert not any("<img src=x" in page for page in pages)
    assert browser.get("/views/1/delete").status_code == 405
