"""Filters with several values: added, shown as chips, taken away; nonsense is said; they outlast clicks."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import update

from app.models import Task
from tests.views.conftest import HTMX
from tests.views.reading import read
from tests.views.typing_in import query_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


def notes(answer):
    return read(answer).one(id="list-notes").text


def chips(answer):
    """Return where the cross of each chip leads, by the words of the chip."""
    return {chip.text: chip.one("a").attributes["href"] for chip in read(answer).all("li", class_="chip")}


def added(browser, **sent):
    """Return the query that "Add filter" leads to."""
    answer = browser.get("/tasks", query_string={"sort": "name", "f_run": "5", **sent})
    assert answer.status_code == 303
    return [pair for pair in query_of(answer)[1] if pair != ("sort", "name")]


def test_what_is_typed_is_added_to_the_values_that_are_there(browser):
    assert added(browser, field="f_run", value="59 - 70, 80") == [
        ("f_run", "5"), ("f_run", "59-70"), ("f_run", "80"),
    ]  # fmt: skip
    assert added(browser, field="run", value="5 6") == [("f_run", "5"), ("f_run", "6")]
    assert added(browser, field="updated", value="7d") == [("updated", "7d"), ("f_run", "5")]
    assert added(browser, field="chain", value="7,8") == [("chain", "7"), ("chain", "8"), ("f_run", "5")]
    assert added(browser, field="made_up", value="7") == [("f_run", "5")]


def test_days_are_chosen_from_a_calendar(browser):
    both = {"moment": "created", "since": "2026-03-01", "until": "2026-03-05"}

    assert added(browser, **both) == [("created", "2026-03-01..2026-03-05"), ("f_run", "5")]
    assert added(browser, **(both | {"until": ""})) == [("created", "2026-03-01.."), ("f_run", "5")]
    assert added(browser, **both, field="run", value="7")[0] == ("created", "2026-03-01..2026-03-05")


def test_each_value_is_a_chip_of_its_own(browser):
    answer = browser.get(
        "/tasks?q=a+b&state=done&state=failed&creator=@me&updated=7d&created=..2026-03-01&f_run=59-70&f_run=8"
        "&f_energy=10-&f_energy=-5"
    )

    found = chips(answer)
    assert list(found) == [
        "Name contains: a b", "State: done", "State: failed", "Creator: me", "Last update: the last 7 days",
        "Created: until 2026-03-01", "Energy: 10 and more", "Energy: 5 and less",
        "Run number: 59\N{EN DASH}70",
        "Run number: 8",
    ]  # fmt: skip
    without = parse_qsl(urlsplit(found["State: done"]).query)
    assert [pair for pair in without if pair[0] == "state"] == [("state", "failed")]
    assert len(without) == 9
    assert read(answer).has("a", aria_label="Remove the filter State: failed")
    assert read(answer).one("a", href="/tasks?all=1", class_="clear").text == "Remove all filters"


def test_what_makes_no_sense_is_left_out_and_said(browser, make_task):
    task = make_task("queued")
    answer = browser.get(
        "/tasks?updated=sometimes&created=2026-02-30&chain=x&panda=-1&f_gone=7&f_run=&state=queued"
    )

    assert str(task.id) in read(answer).one("tbody").one("tr").attributes["id"]
    assert notes(answer) == (
        "Not understood, and left out: Last update: sometimes, Created: 2026-02-30, Chain: x, PanDA id: -1,"
        " gone: 7"
    )
    assert list(chips(answer)) == ["State: queued"]


def test_more_values_than_a_filter_takes_are_said(browser):
    many = "&".join(f"f_run={number}" for number in range(102))

    answer = browser.get(f"/tasks?{many}")

    assert len(chips(answer)) == 100
    assert notes(answer).endswith("Run number: 100, Run number: 101")


def test_what_is_typed_wrongly_is_said_too(browser):
    answer = browser.get("/tasks?field=updated&value=soon", follow_redirects=True)

    assert "Last update: soon" in notes(answer)


@pytest.mark.parametrize(
    "query",
    [
        "state=%00&state=&f_run=%ff&updated=%F0%9F%98%80..&chain=%D9%A1", "page=99999999&sort=nothing&list=x",
        "f_run=-&f_run=--&f_run=1-2-3&f_energy=..&f_energy=1e3-2", "field=&value=x&moment=x&since=x&until=",
        "updated=9999w&created=9999w..9999d", "panda=999999999999999999&chain=999999999999999999",
        "q=" + "9" * 18 + ",0,00", "list=" + "0" * 32, "f_=1&f_%00=2",
    ],
)  # fmt: skip
def test_nonsense_is_no_failure(browser, make_task, query):
    make_task("queued")

    assert browser.get(f"/tasks?{query}", follow_redirects=True).status_code == 200


def test_mine_is_a_button_that_keeps_the_other_filters(browser, make_task):
    own = make_task("queued", browser.user)
    make_task("queued")

    page = read(browser.get("/tasks?state=queued"))
    [button] = [link for link in page.all("a") if link.text == "Mine"]
    answer = browser.get(button.attributes["href"])

    assert button.attributes["href"] == "/tasks?state=queued&creator=%40me"
    assert [row.attributes["id"] for row in read(answer).one("tbody").all("tr")] == [f"task-{own.id}"]


def test_a_chain_is_its_first_task_and_those_that_name_it(browser, make_task, alter):
    first, second, other = (make_task("queued", description=word) for word in ("a", "b", "c"))
    alter(update(Task).where(Task.id == second.id).values(chain_id=first.id))

    rows = read(browser.get(f"/tasks?chain={first.id}&sort=name")).one("tbody").all("tr")

    assert [row.attributes["id"] for row in rows] == [f"task-{first.id}", f"task-{second.id}"]
    assert f"task-{other.id}" in browser.get(f"/tasks?chain={other.id}").text


THERE = "/tasks?q=a&state=queued&state=done&sort=name&page=1&f_run=1-9&f_run=70"
KEPT = "/tasks?q=a&state=queued&state=done&sort=name&f_run=1-9&f_run=70"


def test_filters_outlast_sign_in(client, make_user, make_task):
    user = make_user("physicist")

    asked = client.get(THERE)
    form = read(client.get(asked.location)).one("main").one("form")
    typed = {"username": user.username, "password": "a password of tests", "next": form.value("next")}
    answer = client.post("/sign-in", data=typed)

    assert (answer.status_code, answer.location) == (303, THERE)


def test_filters_and_sort_outlast_the_switch_of_the_language(browser, make_task):
    make_task("queued", description="a")
    piece = read(browser.get(THERE, headers=HTMX))

    there = piece.one("input", form="preferences").attributes["value"]
    answer = browser.post("/preferences", data={"language": "ru", "next_url": "/tasks", "list_url": there})

    assert (there, answer.location) == (KEPT, KEPT)
    elsewhere = {"language": "en", "next_url": "/calls", "list_url": "//evil.example"}
    assert browser.post("/preferences", data=elsewhere).location == "/calls"


def test_the_keys_are_switched_off_and_on_for_the_person(browser, make_user):
    seen = []

    for word in ("off", "nonsense", "on"):
        answer = browser.post("/preferences", data={"keys": word, "next_url": "/tasks?q=a"})
        keys = read(browser.get(answer.location)).one(id="keys-help")
        seen.append((keys.attributes["data-keys"], keys.buttons("keys")))

    assert seen == [("off", ["on"]), ("off", ["on"]), ("on", ["off"])]


def test_a_poll_keeps_the_filters(browser, make_task):
    make_task("queued", description="a", run="70")

    url = read(browser.get(KEPT)).one(id="task-list").attributes["hx-get"]

    assert url.startswith(KEPT + "&revision=")
    assert browser.get(url, headers=HTMX).status_code == 204


def test_the_form_sends_every_filter_of_the_list(browser, make_task):
    make_task("queued")
    page = read(browser.get(f"{KEPT}&updated=7d&chain=7&type=MC&creator=@me"))

    own = [pair for pair in page.one("form", id="filters").sent() if pair[1]]
    outside = [(box.attributes["name"], box.attributes["value"]) for box in page.all("input", form="filters")]

    assert set(own) == {
        ("q", "a"), ("state", "queued"), ("state", "done"), ("creator", "@me"), ("type", "MC"),
        ("moment", "updated"),
    }  # fmt: skip
    assert set(outside) == {("f_run", "1-9"), ("f_run", "70"), ("updated", "7d"), ("chain", "7")}
