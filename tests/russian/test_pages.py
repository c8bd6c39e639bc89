"""The pages, and what a form that is refused says, are in Russian."""

import json

import pytest

from tests.russian.reading import assert_russian

# Which words a page has does not depend on the database.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

GOOD_NAME = (
    "year=2026&source=MC&energy=27&polarization=UU&description=minbias&run=59&data_type=SIMULATION"
    "&dataset=myDataset.123456.name&version=1&collision=pp"
)
WITHOUT_INPUT = GOOD_NAME.replace("MC", "Data").replace("SIMULATION", "RECO")
BAD_NAME = (
    "year=2031&source=Data&energy=40&polarization=XX&description=min bias&run=x&data_type=SIMULATION"
    "&dataset=a..b&version=0&collision=dd"
)


@pytest.mark.parametrize("path", ["/sign-in", "/register", "/forgotten", "/link/confirm"])
def test_the_pages_before_signing_in_are_in_russian(stranger, path):
    assert_russian(stranger.get(path))


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/sign-in", {}),
        ("/sign-in", {"username": "nobody", "password": "something"}),
        ("/register", {}),
        ("/forgotten", {"email": "x"}),
        (
            "/register",
            {"username": "X", "email": "x", "password": "x", "password_again": "y", "first_name": "x" * 200},
        ),
    ],
)
def test_a_refused_form_of_an_account_says_why_in_russian(stranger, path, typed):
    answer = stranger.post(path, data=typed)

    assert answer.status_code == 422
    assert_russian(answer)


@pytest.mark.parametrize(
    "path",
    [
        "/tasks",
        "/tasks?q=nothing&state=draft&creator=nobody&f_run=1",
        "/tasks?tag=x&campaign=x&request=x&followed=@me",
        "/tasks/import",
        "/presets",
        "/tasks/compare",
        "/tasks/compare?a=999&b=no.such.name",
        "/tasks?q=1,2&creator=@me&updated=7d&updated=14d..2w&created=2026-03-01..&created=..3h&chain=x",
        "/tasks?f_run=59-70&f_run=5-&f_energy=-27&panda=7&type=MC&list=x",
        "/views",
        "/tasks/new",
        f"/tasks/new?{BAD_NAME}",
        f"/tasks/new/size?{GOOD_NAME}",
        f"/tasks/new/size?{GOOD_NAME}&events=1000&jobs=7",
        f"/tasks/new/size?{WITHOUT_INPUT}&events=1000&jobs=7",
        "/calls",
        "/calls?q=nothing&method=task/submit&outcome=NotSent&task=1&user=nobody",
        "/profile/identities",
        "/heartbeat",
        "/no-such-page",
        "/tasks/999",
        "/profile",
        "/profile/password",
        "/profile/email",
    ],
)
def test_the_pages_of_a_physicist_are_in_russian(enter, path):
    browser = enter("physicist")

    answer = browser.get(path)

    assert_russian(answer)


def test_saved_views_are_in_russian(enter):
    manager, viewer = enter("manager"), enter("viewer")
    first, again = (
        manager.post("/views", data={"name": "1", "query": "f_run=5-&updated=7d", "is_shared": "y"})
        for _ in "12"
    )
    manager.post("/views/1/default")

    assert (first.status_code, again.status_code) == (303, 422)
    for answer in (again, manager.get("/views"), viewer.get("/views"), viewer.get("/tasks?all=1")):
        assert_russian(answer)
    refused = viewer.post("/views/1/change", data={"name": "2"})
    assert refused.status_code == 403
    assert_russian(refused)


def test_presets_are_in_russian(app, enter):
    physicist, manager = enter("physicist"), enter("manager")
    typed = {**dict(pair.split("=") for pair in GOOD_NAME.split("&")), "steps": "SIMULATION-RECO"}
    saved, again, empty = (
        physicist.post("/presets", data={**values, "name": "1", "is_shared": "y", "form_of": "task"})
        for values in (typed, typed, {})
    )
    app.config["PRESETS_LIMIT"] = 1
    too_many = physicist.post("/presets", data={**typed, "name": "2"})
    too_long = physicist.post("/presets", data={**typed, "name": "3", "dataset": "x" * 3000})

    refused = [again, empty, too_many, too_long]
    assert [answer.status_code for answer in (saved, *refused)] == [303, 422, 422, 422, 422]
    pages = ("/presets", "/tasks/new?preset=1", "/chains/new?preset=1", "/recipes")
    for answer in (*refused, *(browser.get(page) for browser in (physicist, manager) for page in pages)):
        assert_russian(answer)


@pytest.mark.parametrize("text", ["", " ".join(map(str, range(1001)))])
def test_a_refused_list_says_why_in_russian(enter, text):
    answer = enter("physicist").post("/tasks/paste", data={"text": text, "query": "state=done"})

    assert answer.status_code == 422
    assert_russian(answer)


@pytest.mark.parametrize(("path", "typed"), [("/tasks/new", ""), ("/tasks/new", BAD_NAME)])
def test_a_refused_name_says_why_in_russian(enter, path, typed):
    answer = enter("physicist").post(path, data=f"{typed}&action=continue", content_type=FORM)

    assert answer.status_code == 422
    assert_russian(answer)


@pytest.mark.parametrize(
    "text",
    [
        "", "x,enrgy,run,run", "\x00", "[{", "{}", "[1]", "- &a", "- a: 1\n  b: [[[[[[[[[[", "a,\n1,2",
        "a" * 2000, "run\n" + "1\n" * 30,
    ],
)  # fmt: skip
def test_a_refused_table_says_why_in_russian(app, enter, text):
    app.config.update(IMPORT_ROWS_LIMIT=20, IMPORT_BYTES_LIMIT=1000)

    answer = enter("physicist").post("/tasks/import", data={"text": text})

    assert answer.status_code == 422
    assert_russian(answer)


def test_a_checked_table_is_in_russian(enter, make_task):
    make_task("queued", run="1")
    good = dict(pair.split("=") for pair in GOOD_NAME.split("&")) | {"events": "1000", "jobs": "1"}
    bad = dict(pair.split("=") for pair in BAD_NAME.split("&")) | {"tags": "_", "events": "", "parent": "x"}
    bad["description"] = "min,bias"
    name = "2026.MC.27.UU.minbias.2.SIMULATION.myDataset.123456.name.1"
    rows = [
        good, good, bad, good | {"run": "1"}, good | {"run": "2"}, good | {"run": "4", "parent": name},
        good | {"run": "3", "data_type": "RECO", "parent": name}, good | {"events": [1]},
        good | {"run": "5", "energy": "40"},
    ]  # fmt: skip

    answer = enter("physicist").post("/tasks/import", data={"text": json.dumps(rows)})

    assert answer.status_code == 200
    assert_russian(answer)


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("size", ["", "events=x&jobs=0", "events=10&jobs=20", "events=20000&jobs=20000"])
def test_a_refused_size_says_why_in_russian(enter, size):
    answer = enter("physicist").post(
        "/tasks/new/size", data=f"{GOOD_NAME}&{size}&action=draft", content_type=FORM
    )

    assert answer.status_code == 422
    assert_russian(answer)
