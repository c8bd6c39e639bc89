"""A pasted list of names or ids: in the address when it is short, kept when it is long; what is not found."""

import pytest
from sqlalchemy import delete, select

from app.models import PastedList
from tests.views.reading import read
from tests.views.typing_in import query_of


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


@pytest.fixture
def tasks(make_task):
    return [make_task("queued", description=word) for word in ("a", "b", "c")]


def paste(browser, text, query=""):
    return browser.post("/tasks/paste", data={"text": text, "query": query})


def ids(answer):
    return {int(row.attributes["id"].removeprefix("task-")) for row in read(answer).one("tbody").all("tr")}


def missing(answer):
    found = list(read(answer).all(id="missing"))
    return [word.text for word in found[0].all("li")] if found else []


def test_a_short_list_stands_in_the_address(browser, tasks, ask):
    answer = paste(browser, f"{tasks[0].name}\r\n{tasks[1].id}\n", "state=queued&sort=name&q=gone&page=2")

    path, pairs = query_of(answer)
    assert (answer.status_code, path) == (303, "/tasks")
    assert pairs == [("q", f"{tasks[0].name}, {tasks[1].id}"), ("state", "queued"), ("sort", "name")]
    shown = browser.get(answer.location)
    assert (ids(shown), missing(shown)) == ({tasks[0].id, tasks[1].id}, [])
    assert ask(select(PastedList)) == []


def test_a_single_name_is_a_list_too(browser, tasks):
    answer = browser.get(paste(browser, str(tasks[2].id)).location)

    assert ids(answer) == {tasks[2].id}


def test_a_long_list_is_kept_and_the_other_filters_stay(browser, tasks, ask):
    names = [task.name for task in tasks[:2]] + [f"2026.MC.no.such.{number}" for number in range(998)]

    answer = paste(browser, "\n".join(names), "state=queued&q=minbias")
    shown = browser.get(answer.location)

    (kept,) = ask(select(PastedList))
    assert query_of(answer)[1] == [("q", "minbias"), ("list", kept.key), ("state", "queued")]
    assert kept.text == "\n".join(names)
    assert missing(shown) == names[2:]
    assert "998 of 1\N{NARROW NO-BREAK SPACE}000 are not found" in shown.text
    assert "Pasted list: 1\N{NARROW NO-BREAK SPACE}000 names or ids" in shown.text
    assert read(shown).one("input", form="filters", name="list").attributes["value"] == kept.key


def test_both_lists_narrow_one_another(browser, tasks):
    many = " ".join(str(number) for number in range(1, 600))
    key = dict(query_of(paste(browser, many))[1])["list"]

    answer = browser.get("/tasks", query_string={"q": f"{tasks[0].name}, no.such", "list": key})

    assert ids(answer) == {tasks[0].id}
    assert "no.such" in missing(answer)


def test_a_draft_of_somebody_else_is_not_found(browser, sign_in, make_task):
    draft, own = make_task("draft"), make_task("draft", browser.user)
    query = {"q": f"{draft.id}, {draft.name}, {own.id}, 0, 99999999999"}

    answers = [who.get("/tasks", query_string=query) for who in (browser, sign_in("manager"))]

    assert [ids(answer) for answer in answers] == [{own.id}, {draft.id, own.id}]
    assert missing(answers[0]) == [str(draft.id), draft.name, "0", "99999999999"]
    assert missing(answers[1]) == ["0", "99999999999"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (" ,\n", "This must be filled in."),
        (
            " ".join(map(str, range(1001))),
            "These are 1 001; at most 1 000",
        ),
        ("x" * 257, "A name has at most 256 characters."),
    ],
)
def test_a_list_that_cannot_be_shown_is_refused_and_kept_as_typed(browser, text, problem, ask):
    answer = paste(browser, text, "state=queued")

    page = read(answer)
    assert answer.status_code == 422
    assert problem in page.one(id="paste-problem").text
    assert "".join(page.one("textarea").parts).strip("\n") == text.strip("\n")
    assert page.one("input", form="paste-list").attributes["value"] == "state=queued"
    assert ask(select(PastedList)) == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_list_that_is_not_kept_any_more_shows_nothing_and_says_so(browser, tasks, alter):
    location = paste(browser, " ".join(map(str, range(1, 600)))).location
    alter(delete(PastedList))

    answer = browser.get(location)

    assert "The pasted list of this address is not kept any more." in read(answer).one(id="list-notes").text
    assert not read(answer).has("tbody")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_what_is_pasted_stays_text(browser):
    answer = browser.get(paste(browser, "<script>alert(1)</script>, \x00a\u202eb").location)

    assert missing(answer) == ["<script>alert(1)</script>", "ab"]
    assert "<script>alert" not in answer.text
