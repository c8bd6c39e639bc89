"""Two tasks side by side: all fields, what differs told by a word, what is the same folded away."""

import pytest

from tests.views.reading import read


@pytest.fixture
def pair(browser, make_task):
    """A submitted task and a draft of the person's: they differ in four fields of their own."""
    first = make_task("submitted", creator=browser.user, run="59", panda_status="done")
    second = make_task(
        "draft", creator=browser.user, run="60", data_type="EVGEN", events=2_000_000, collision="pp"
    )
    return first, second


def rows(part, word):
    """Return {field: (first, second)} of the rows that are told to be so."""
    found = {}
    for row in part.all("tr"):
        cells = [cell.text for cell in row.all("td")]
        if cells[2:] == [word]:
            found[row.one("th").text] = tuple(cells[:2])
    return found


def test_what_differs_is_shown_and_the_rest_is_folded(browser, pair):
    first, second = pair

    page = read(browser.get(f"/tasks/compare?a={first.id}&b={second.id}"))

    facts = page.one(id="compare-fields")
    assert rows(facts, "differs") == {
        "Run number": ("59", "60"),
        "Data type": ("SIMULATION", "EVGEN"),
        "Total events": ("1 000 000", "2 000 000"),
        "Collision system": ("—", "pp"),
    }
    fold = facts.one("details")
    assert rows(fold, "the same")["Description"] == ("minbias", "minbias")
    assert "open" not in fold.attributes
    assert rows(page.one(id="compare-state"), "differs")["State"] == ("done", "draft")
    recipe = rows(page.one(id="compare-recipe"), "differs")
    assert recipe["processing_type"] == ("simul", "evgen")


def test_parameters_are_compared_key_by_key(browser, make_task):
    tasks = [make_task("queued", creator=browser.user, run=run) for run in ("59", "60")]

    page = read(browser.get(f"/tasks/compare?a={tasks[0].id}&b={tasks[1].id}"))

    part = page.one(id="compare-parameters")
    differing = rows(part, "differs")
    assert differing["taskName"] == (tasks[0].name, tasks[1].name)
    assert any(key.startswith("jobParameters[") for key in differing)
    assert rows(part, "the same")["vo"] == ("spd.nica.jinr", "spd.nica.jinr")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_task_and_itself_differ_in_nothing(browser, task):
    page = read(browser.get(f"/tasks/compare?a={task.id}&b={task.name}"))

    parts = [page.one(id=f"compare-{part}") for part in ("fields", "state", "recipe", "parameters")]
    assert all("Nothing differs." in part.text for part in parts)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_page_of_a_task_asks_for_the_other_by_id_or_name(browser, pair):
    first, second = pair
    form = read(browser.get(f"/tasks/{first.id}")).one(id="compare-form")
    assert (form.attributes["action"], form.value("a")) == ("/tasks/compare", str(first.id))

    for other in (second.id, second.name, f" {second.name} "):
        answer = browser.get("/tasks/compare", query_string={"a": first.id, "b": other})
        assert rows(read(answer).one(id="compare-fields"), "differs")["Run number"] == ("59", "60")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_two_ticked_rows_are_compared_and_any_other_number_is_told(browser, pair, task):
    ids = [each.id for each in (*pair, task)]
    bar = read(browser.get("/tasks")).one(id="ticked")
    assert "compare" in bar.buttons("kind")

    def compared(ticked):
        typed = {"kind": "compare", "task": ticked}
        return browser.post("/bulk", data=typed, follow_redirects=True)

    two, three, one = compared(ids[:2]), compared(ids), compared(ids[:1])

    assert rows(read(two).one(id="compare-fields"), "differs")["Run number"] == ("59", "60")
    assert (three.status_code, one.status_code) == (422, 200)
    assert "tick exactly two" in read(three).one(class_="problem-summary").text
    assert read(one).one(id="compare-form").value("a") == str(ids[0])


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("other", ["999999", "0", "no.such.name", "-1", "9" * 40, "<b>", "\x00", "%00"])
def test_a_task_that_is_not_there_is_told(browser, task, other):
    answer = browser.get("/tasks/compare", query_string={"a": task.id, "b": other})

    assert answer.status_code == (422 if other.strip("\x00") else 200)
    assert not read(answer).has(id="compare-fields")
    assert not list(read(answer).all("b"))


def test_a_foreign_draft_is_answered_like_one_that_is_not_there(browser, task, make_task):
    draft = make_task("draft")

    answers = [
        browser.get("/tasks/compare", query_string={"a": task.id, "b": other})
        for other in (draft.id, draft.name, 999999)
    ]

    texts = [answer.text for answer in answers]
    for text, other in zip(texts, (draft.id, draft.name, 999999), strict=True):
        assert f"There is no task “{other}”, or it is not yours to see." in text
    assert {answer.status_code for answer in answers} == {422}
