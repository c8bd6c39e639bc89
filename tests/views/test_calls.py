"""The log of exchanges with PanDA: every one of them, filterable, for those who may see it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from app.models import PandaCall
from app.services.calls import CallContext, CallResult, begin_call, end_call
from tests.views.conftest import HTMX
from tests.views.reading import read

START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def settings():
    return {"LIST_PAGE_SIZE": 3, "COUNT_LIMIT": 6}


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


@pytest.fixture
def write(app):
    """write(minutes, …) → id of a call that was begun so many minutes after START."""

    def begin(minutes, method="task/get_status", outcome="ok", user=None, task=None, answer="{}", asked="{}"):
        at = START + timedelta(minutes=minutes)
        context = CallContext(user_id=user and user.id, task_id=task and task.id)
        with app.app_context():
            number = begin_call(context, "GET" if "get" in method else "POST", method, 77, asked, at)
            if outcome != "open":
                end_call(number, CallResult(200, answer, outcome, 1234), at)
        return number

    return begin


@pytest.fixture
def calls(write, make_user, make_task):
    """Four calls a, b, c, d, the last the newest; by letter."""
    casper, task = make_user("physicist", "casper"), make_task("queued")
    made = {
        "a": write(
            1, "task/submit", user=casper, task=task, asked='{"taskName": "Ä%_x"}', answer='{"data": 77}'
        ),
        "b": write(2, "task/get_status", "OutcomeUnknown", task=task, answer=""),
        "c": write(3, "system/is_alive", "PandaUnavailable", answer="refused <b>at once</b>"),
        "d": write(3, "task/get_status", "open"),
    }
    return made, task


def ids(answer):
    rows = read(answer).all("tr")
    return [int(row.attributes["id"].removeprefix("call-")) for row in rows if "id" in row.attributes]


def test_a_filter_leaves_the_calls_it_names_newest_first(app, browser, calls):
    app.config["LIST_PAGE_SIZE"] = 10
    made, task = calls
    wanted = {
        "": "dcba",
        "method=task/get_status": "db",
        "method=nothing": "",
        "outcome=ok": "a",
        "outcome=OutcomeUnknown": "b",
        "outcome=open": "d",
        "user=casper": "a",
        "user=nobody": "",
        f"task={task.id}": "ba",
        f"task={task.name}": "ba",
        "task=99999": "",
        f"task={'9' * 30}": "",
        "task=-1": "",
        "q=taskname": "a",
        "q=%25_": "a",
        "q=AT+ONCE": "c",
        "q=<b>": "c",
        f"task={task.id}&outcome=ok&q=77": "a",
    }

    found = {query: ids(browser.get(f"/calls?{query}")) for query in wanted}

    assert found == {query: [made[letter] for letter in letters] for query, letters in wanted.items()}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_row_tells_all_of_a_call(browser, calls):
    made, task = calls

    row = read(browser.get("/calls?user=casper")).one("tr", id=f"call-{made['a']}")

    assert row.one("th").one("a").attributes["href"] == f"/calls/{made['a']}"
    assert row.one("time").attributes["title"] == (
        "March 1, 2026, 03:01:00 Europe/Moscow · 2026-03-01 00:01:00 UTC"
    )
    text = row.text
    for words in ("casper", "POST task/submit", '{"taskName": "Ä%_x"}', '{"data": 77}', "1 234 ms"):
        assert words in text
    assert row.one("a", href=f"/tasks/{task.id}")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_filters_are_chips_and_choices(browser, calls):
    page = read(browser.get("/calls?method=task/submit&outcome=ok&user=casper&q=77"))

    chips = {chip.text: chip.one("a").attributes["href"] for chip in page.all("li", class_="chip")}
    assert list(chips) == [
        "Text in the latest calls: 77",
        "Method: task/submit",
        "Outcome: answered",
        "User: casper",
    ]
    assert chips["Text in the latest calls: 77"] == "/calls?method=task%2Fsubmit&outcome=ok&user=casper"
    form = page.one("form", id="filters")
    methods = [option.text for option in form.one("select", name="method").all("option")]
    assert methods[1:] == ["system/is_alive", "task/get_status", "task/submit"]
    assert (form.value("method"), form.value("outcome"), form.value("user")) == (
        "task/submit",
        "ok",
        "casper",
    )


def test_pages_and_counts(browser, write):
    numbers = [write(minute) for minute in range(8)]

    first, second, beyond = (browser.get(f"/calls?page={page}") for page in (1, 2, 99))

    assert read(first).one(class_="list-count").text == "More than 6 calls"
    assert ids(first) == numbers[:4:-1]
    assert ids(second) == ids(beyond) == numbers[4:1:-1]
    assert "Earlier page Page 2 Next page" in read(second).one("nav", class_="pages").text


def test_the_first_page_is_polled_and_answers_only_what_is_new(browser, write, alter):
    number = write(1, outcome="open")
    url = read(browser.get("/calls")).one(id="call-list").attributes["hx-get"]

    assert browser.get(url, headers=HTMX).status_code == 204
    alter(update(PandaCall).values(outcome="ok"))
    answer = browser.get(url, headers=HTMX)

    assert (answer.status_code, ids(answer)) == (200, [number])
    assert answer.text.lstrip().startswith('<div id="call-list"')


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_later_page_is_not_polled(browser, write):
    for minute in range(5):
        write(minute)

    assert "hx-get" not in read(browser.get("/calls?page=2")).one(id="call-list").attributes


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_one_call_has_a_page_of_its_own(browser, calls):
    made, task = calls

    page = read(browser.get(f"/calls/{made['a']}"))

    assert [each.text for each in page.all("pre")] == ['{"taskName": "Ä%_x"}', '{ "data": 77 }']
    assert page.has("a", href=f"/tasks/{task.id}")
    assert "1 234 ms" in page.one("main").text
    unanswered = read(browser.get(f"/calls/{made['d']}")).one("main").text
    assert "No answer came." in unanswered


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_answer_that_was_cut_off_says_so_and_stays_as_it_came(browser, write):
    whole, cut = write(1, answer="[1]" + " " * 4092), write(2, answer="[" * 4096)

    pages = [read(browser.get(f"/calls/{number}")) for number in (whole, cut)]

    said = "Only the first 4 096 characters are kept."
    assert [said in page.one("main").text for page in pages] == [False, True]
    assert [list(page.all("pre"))[1].text for page in pages] == ["[ 1 ]", "[" * 4096]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_task_that_panda_does_not_know_yet_is_no_failure(browser, write):
    early, refused = write(1, outcome="TaskNotFound"), write(2, outcome="Refused")

    page = read(browser.get("/calls"))

    assert page.one(id=f"call-{early}").one(class_="state state-dots").text == "not there yet"
    assert page.one(id=f"call-{refused}").one(class_="state state-cross").text == "refused"


@pytest.mark.parametrize("path", ["/calls", "/calls?q=x", "/calls/{id}"])
def test_a_viewer_is_refused_and_told_who_may(sign_in, calls, path):
    answer = sign_in("viewer").get(path.format(id=calls[0]["a"]))

    assert answer.status_code == 403
    said = read(answer).one("main").text
    assert "physicist, production manager, administrator" in said
    assert "taskName" not in answer.text


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_empty_log_says_why(browser):
    assert "No calls here" in read(browser.get("/calls")).one(class_="panel empty").text
