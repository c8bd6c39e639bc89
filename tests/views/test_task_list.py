"""The list of tasks: its columns, sorts, filters and pages, all of them in the address."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from app.models import Task
from tests.build_task import FIELDS
from tests.views.conftest import HTMX
from tests.views.reading import read
from tests.views.typing_in import query_of

START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


@pytest.fixture
def tasks(make_user, make_task, alter):
    """Six tasks a, b, … whose columns differ, some of them being equal; by letter."""
    ann, bob = make_user("physicist", "ann"), make_user("physicist", "bob")
    made = {
        "a": make_task("queued", ann, description="a", source="MC"),
        "b": make_task("submitted", bob, description="b", source="Data", data_type="RECO"),
        "c": make_task("queued", ann, description="c", energy="13.5"),
        "d": make_task("withdrawn", bob, description="d", year="2025"),
        "e": make_task("queued", bob, description="e", dataset="other.set"),
        "f": make_task("submitted", ann, description="f", panda_status="done"),
    }
    # Last updates, minutes after START: a and b at the same moment.
    for letter, minutes in zip("abcdef", (10, 10, 30, 20, 50, 40), strict=True):
        moment = START + timedelta(minutes=minutes)
        alter(update(Task).where(Task.id == made[letter].id).values(updated_at=moment))
    alter(update(Task).where(Task.id == made["c"].id).values(parent_id=made["a"].id))
    alter(update(Task).where(Task.id == made["d"].id).values(parent_id=made["b"].id))
    return made


def letters(answer):
    """Return the descriptions of the tasks shown, in their order."""
    return "".join(part.text for part in read(answer).all("span", data_part="description"))


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    ("other", "shown"),
    [
        ({"data_type": "RECO"}, "…SIMULATION…"),
        ({"version": "2", "dataset": "of.another"}, "…myDataset.123456.name.1"),
        ({"year": "2025", "data_type": "RECO", "version": "2"}, "2026…SIMULATION…1"),
    ],
)
def test_of_a_parent_the_list_shows_what_differs(browser, make_task, alter, other, shown):
    parent, child = (make_task(creator=browser.user, run="59", **fields) for fields in ({}, other))
    alter(update(Task).where(Task.id == child.id).values(parent_id=parent.id))

    row = read(browser.get("/tasks")).one("tr", id=f"task-{child.id}")

    link = row.one("td", data_label="Parent").one("a")
    assert (link.text, link.attributes["title"]) == (shown, parent.name)
    assert parent.name in read(browser.get(f"/tasks/{child.id}")).one(id="task-facts").text


SORTED = {
    "updated": "abdcfe",
    "name": "dbcaef",
    "type": "badcfe",
    "creator": "acfbde",
    "parent": "cdabef",
    "state": "facebd",
}


def test_each_column_sorts_in_both_directions_and_ties_have_one_order(browser, tasks):
    ascending = {column: letters(browser.get(f"/tasks?sort={column}")) for column in SORTED}
    descending = {column: letters(browser.get(f"/tasks?sort=-{column}")) for column in SORTED}

    assert ascending == SORTED
    assert descending == {column: order[::-1] for column, order in SORTED.items()}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_newest_stand_first_unless_asked_otherwise(browser, tasks):
    assert letters(browser.get("/tasks")) == SORTED["updated"][::-1]
    assert letters(browser.get("/tasks?sort=nonsense")) == SORTED["updated"][::-1]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_heads_of_the_columns_sort_and_say_how_it_is_sorted(browser, tasks):
    page = read(browser.get("/tasks?sort=name&state=queued"))

    heads = {head.text: head for head in page.one("thead").all("th")}
    assert list(heads)[:6] == ["Name", "Type", "Creator", "Parent", "Last update", "State"]
    assert heads["Name"].attributes["aria-sort"] == "ascending"
    assert "aria-sort" not in heads["Type"].attributes
    links = {name: head.one("a").attributes["href"] for name, head in list(heads.items())[:6]}
    assert links["Name"] == "/tasks?state=queued&sort=-name"
    assert letters(browser.get(links["Creator"])) == "ace"


FILTERED = {
    "state=queued": "eca",
    "state=withdrawn": "d",
    "state=done": "f",
    "state=draft": "",
    "creator=ann": "fca",
    "creator=nobody": "",
    "q=other": "e",
    "q=OTHER.SET": "e",
    "q=%25": "",
    "q=13p5": "c",
    "q=.RECO.": "b",
    "f_description=c": "c",
    "f_year=2026": "efcba",
    "f_year=02025": "d",
    "f_energy=13.5": "c",
    "f_energy=13p5": "c",
    "f_energy=13.50": "c",
    "f_source=Data": "b",
    "f_source=data": "",
    "f_data_type=RECO&f_source=MC": "",
    "f_dataset=other.set": "e",
    "f_unknown=1": "efcdba",
    "state=queued&creator=bob&f_source=MC&q=minb": "",
    "state=queued&creator=bob&f_source=MC&q=other&f_version=1": "e",
    "state=queued&creator=ann&sort=name": "ca",
    "q=&state=&creator=&field=&value=&f_year=&moment=updated&since=&until=": "efcdba",
    "all=1": "efcdba",
    "state=queued&state=done": "efca",
    "state=queued&state=done&state=queued&creator=ann&creator=bob&type=MC&type=Data": "efca",
    "creator=@me": "",
    "creator=@me&creator=ann": "fca",
    "type=Data": "b",
    "f_description=a&f_description=e&f_description=nothing": "ea",
    "f_energy=10-20": "c",
    "f_energy=20-30&f_year=2025-": "efdba",
    "f_energy=20-13.5": "c",
    "f_energy=13.5&f_energy=26-27": "efcdba",
    "f_energy=-10": "",
    "f_year=-2025": "d",
    "f_dataset=a-z": "",
    "q=other+2026": "e",
    "q=2026+other+nothing": "",
    "q=,": "",
    "updated=2026-03-01": "efcdba",
    "updated=..2026-02-28": "",
    "updated=2026-03-01..2026-03-02": "efcdba",
    "updated=7d": "",
    "created=1h": "efcdba",
    "created=..1h&created=..2020-01-01": "",
    "panda=1002": "b",
    "panda=1002&panda=1006": "fb",
    "q=+++&state=%00": "efcdba",
}


def test_a_filter_leaves_the_tasks_it_names(browser, tasks):
    pages = {query: browser.get(f"/tasks?{query}") for query in FILTERED}

    assert {query: letters(page) for query, page in pages.items()} == FILTERED
    for query, page in pages.items():
        assert f"{len(FILTERED[query])} task" in read(page).one(class_="list-count").text, query


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_every_part_of_a_name_is_a_filter(browser, tasks):
    row = read(browser.get("/tasks")).one("tr", id=f"task-{tasks['c'].id}")

    urls = [link.attributes["href"] for link in row.one(class_="row-menu").all("a")]

    assert [url.partition("=")[0] for url in urls] == [f"/tasks?f_{name}" for name in FIELDS]
    assert [letters(browser.get(url)) for url in urls if "energy" in url or "description" in url] == [
        "c",
        "c",
    ]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_select_a_field_becomes_a_filter_and_keeps_the_others(browser, tasks):
    query = {
        "q": "2026", "state": "queued", "creator": "", "field": "description", "value": " e ", "page": "3",
        "f_year": "2026", "sort": "name", "revision": "x", "made_up": "1",
    }  # fmt: skip

    answer = browser.get("/tasks", query_string=query)

    path, pairs = query_of(answer)
    assert (answer.status_code, path) == (303, "/tasks")
    assert dict(pairs) == {
        "q": "2026", "state": "queued", "sort": "name", "f_year": "2026", "f_description": "e",
    }  # fmt: skip
    assert letters(browser.get(answer.location)) == "e"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_each_filter_is_a_chip_that_can_be_taken_away(browser, tasks):
    page = read(browser.get("/tasks?q=2026&state=queued&creator=bob&f_dataset=other.set&sort=name&page=1"))

    chips = {chip.text: chip.one("a").attributes["href"] for chip in page.all("li", class_="chip")}
    assert list(chips) == ["Name contains: 2026", "State: queued", "Creator: bob", "Dataset name: other.set"]
    assert chips["State: queued"] == "/tasks?q=2026&creator=bob&sort=name&f_dataset=other.set"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_form_of_the_filters_shows_what_is_chosen(browser, tasks):
    form = read(browser.get("/tasks?q=2026&state=queued&creator=bob")).one("form", id="filters")

    sent = [pair for pair in form.sent() if pair[0] in {"q", "state", "creator", "type"}]
    assert sent == [("q", "2026"), ("state", "queued"), ("creator", "bob")]
    boxes = {
        name: [box.attributes["value"] for box in form.all("input", name=name)]
        for name in ("state", "creator", "type")
    }
    assert boxes == {
        "state": ["queued", "submitted", "withdrawn", "done"],
        "creator": ["@me", "ann", "bob"],
        "type": ["Data", "MC"],
    }
    fields = [option.attributes["value"] for option in form.one("select", name="field").all("option")]
    assert fields == [
        "",
        "request",
        "updated",
        "created",
        "chain",
        "panda",
        *(f"f_{name}" for name in FIELDS),
    ]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_row_shows_the_columns_of_the_prototype(browser, tasks):
    row = read(browser.get("/tasks")).one("tr", id=f"task-{tasks['c'].id}")

    assert tasks["c"].name in row.one("th").text.replace(" ", "")
    cells = {cell.attributes.get("data-label"): cell.text for cell in row.all("td")}
    assert cells["Type"] == "MC"
    assert cells["Creator"] == "ann"
    parent = row.one("td", data_label="Parent").one("a")
    run = tasks["a"].name.split(".")[5]
    assert (cells["Parent"], parent.attributes["title"]) == (f"…27…a.{run}…", tasks["a"].name)
    assert "03:30" in cells["Last update"]  # in Moscow
    waits = f"queued its parent, task {tasks['a'].id}, is not done yet"
    assert " ".join(cells["State"].split()) == waits
    assert row.one("time").attributes["title"] == (
        "March 1, 2026, 03:30:00 Europe/Moscow · 2026-03-01 00:30:00 UTC"
    )


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_empty_list_says_what_to_do_next(browser):
    empty, filtered = read(browser.get("/tasks")), read(browser.get("/tasks?q=nothing"))

    assert empty.one(id="no-tasks").one("a").attributes["href"] == "/tasks/new"
    assert filtered.one(id="no-tasks").one("a").attributes["href"] == "/tasks?all=1"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_one_address_answers_a_page_or_a_piece(browser, tasks):
    page, piece = browser.get("/tasks?sort=name"), browser.get("/tasks?sort=name", headers=HTMX)

    assert page.text.startswith("<!DOCTYPE html>")
    assert piece.text.lstrip().startswith('<div id="task-list"')
    assert letters(page) == letters(piece)
    assert page.headers["Vary"] == piece.headers["Vary"]
    for header in ("HX-Boosted", "HX-History-Restore-Request"):
        assert "<!DOCTYPE html>" in browser.get("/tasks", headers=HTMX | {header: "true"}).text
