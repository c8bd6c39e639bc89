"""Presets: saved from a form, filled into another, listed, renamed, shared, deleted."""

from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from app.models import Preset
from tests.build_task import FIELDS
from tests.views.reading import read

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

TYPED = {**FIELDS, "collision": "pp", "dataset": "", "run": " "}
KEPT = "year=2026&source=MC&energy=27&polarization=UU&description=minbias&data_type=SIMULATION&collision=pp"
SAMPLE = {
    "year": "2026", "energy": "10, 27", "polarization": ["UU", "LL"], "events": "1000000",
    "steps": "SIMULATION-RECO", "version": "3",
}  # fmt: skip


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


def save(browser, name="mine", form_of="task", typed=TYPED, **more):
    return browser.post("/presets", data={**typed, "name": name, "form_of": form_of, **more})


def kept(ask):
    return [(each.name, each.query, each.is_shared) for each in ask(select(Preset).order_by(Preset.id))]


def values_shown(answer, form_id):
    return {name: text for name, text in read(answer).one("form", id=form_id).sent() if text}


def test_what_is_filled_in_is_kept_but_for_the_version_and_stays_typed(browser, ask):
    answer = save(browser, "  my   sample ")

    assert kept(ask) == [("my sample", KEPT, False)]
    assert answer.status_code == 303
    address = urlsplit(answer.location)
    assert address.path == "/tasks/new"
    shown = values_shown(browser.get(answer.location), "task-form")
    typed = {name: text for name, text in TYPED.items() if text.strip()}
    assert typed.items() <= shown.items(), "the version too"


@pytest.mark.parametrize(("address", "form_of"), [("/tasks/new", "task"), ("/chains/new", "plan")])
def test_the_button_of_the_form_hands_it_on_as_it_was_typed(browser, ask, address, form_of):
    typed = {**TYPED, "name": "mine", "form_of": form_of, "action": "preset"}

    handed_on = browser.post(address, data=typed)
    # 307: a browser sends the same form once more.
    assert (handed_on.status_code, handed_on.location) == (307, "/presets")
    answer = browser.post(handed_on.location, data=typed, follow_redirects=True)

    assert "The preset “mine” is saved." in answer.text
    assert [each.name for each in ask(select(Preset))] == ["mine"]
    assert answer.request.path == address


def test_a_preset_fills_the_form_of_a_new_task_in(browser):
    save(browser)

    shown = values_shown(browser.get("/tasks/new?preset=1"), "task-form")

    wanted = {name: values[0] for name, values in parse_qs(KEPT).items()}
    assert wanted.items() <= shown.items()
    assert "version" not in shown
    assert shown["preset"] == "1"


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_was_typed_wins(browser, ask, method):
    save(browser)
    typed = {"preset": "1", "energy": "10", "run": "7", "action": "fill"}

    if method == "get":
        answer = browser.get("/tasks/new", query_string=typed)
    else:
        answer = browser.post("/tasks/new", data=typed)

    shown = values_shown(answer, "task-form")
    assert answer.status_code == 200
    assert (shown["energy"], shown["run"], shown["description"]) == ("10", "7", "minbias")
    assert "This must be filled in." not in answer.text


def test_a_plan_is_kept_and_filled_in_with_several_values(browser, ask):
    answer = save(browser, form_of="plan", typed=SAMPLE)
    page = browser.get("/chains/new?preset=1")
    filled = browser.post(
        "/chains/new", data={"preset": "1", "action": "fill", "steps": "EVGEN", "events": "5"}
    )

    query = "year=2026&energy=10%2C+27&polarization=UU%2C+LL&events=1000000&steps=SIMULATION-RECO"
    assert kept(ask) == [("mine", query, False)]
    assert urlsplit(answer.location).path == "/chains/new"
    assert "8 tasks would be made" in page.text
    assert "8 tasks would be made" in filled.text
    assert values_shown(filled, "plan-form")["events"] == "5"


@pytest.mark.parametrize(("text", "status"), [("other", 303), ("x" * 4000, 307)])
def test_all_that_was_typed_into_a_plan_stays_however_long_it_is(browser, ask, text, status):
    typed = {**SAMPLE, "energy": "27", "polarization": "UU", "twin": "1"}
    page = browser.post("/chains/new", data=typed)
    cells = {name: text for name, text in read(page).one("form", id="plan-form").sent() if "cell-" in name}
    [dataset] = [name for name in cells if name.startswith("cell-") and name.endswith("0-dataset")]
    typed |= cells | {dataset: text}

    answer = save(browser, form_of="plan", typed=typed)
    back = {303: browser.get, 307: lambda url: browser.post(url, data={**typed, "action": "preset"})}
    shown = values_shown(back[answer.status_code](answer.location), "plan-form")

    assert answer.status_code == status
    assert (shown[dataset], shown["twin"]) == (text, "1")
    assert "cell-" not in kept(ask)[0][1]


def test_a_preset_of_another_convention_is_filled_in_all_the_same(browser, alter):
    save(browser)
    alter(Preset.__table__.update().values(query="year=1999&gone=7&data_type=NOSUCH&energy=x&%00=1"))

    answer = browser.get("/tasks/new?preset=1")

    shown = values_shown(answer, "task-form")
    assert (shown["year"], shown["data_type"], shown["energy"]) == ("1999", "NOSUCH", "x")
    assert "gone" not in shown
    assert "“x” is not a number." in answer.text


@pytest.mark.parametrize("number", ["2", "x", "99999999999"])
@pytest.mark.parametrize(("address", "form_id"), [("/tasks/new", "task-form"), ("/chains/new", "plan-form")])
def test_a_preset_that_one_may_not_see_is_not_there_and_what_was_typed_stays(
    browser, sign_in, number, address, form_id
):
    for others in (sign_in("physicist"), sign_in("physicist")):
        save(others, typed={"description": "secret"})
    typed = {"preset": number, "energy": "10", "run": "7"}

    opened = browser.get(address, query_string=typed)
    answers = [opened, browser.post(address, data={**typed, "action": "fill"})]

    assert [answer.status_code for answer in answers] == [200, 422]
    for answer in answers:
        shown = values_shown(answer, form_id)
        assert (shown["energy"], shown["run"]) == ("10", "7")
        assert read(answer).one("select", id="field-preset").attributes["aria-invalid"] == "true"
        assert "There is no such preset any more" in read(answer).one(id="problems-preset").text
        assert ("This must be filled in." in answer.text) is (form_id == "plan-form"), "the table says it"
        assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "This must be filled in."),
        ({"name": "x" * 81}, "At most 80 characters."),
        ({"typed": {"version": "1", "year": " "}}, "Nothing is filled in that could be kept."),
        ({"typed": {"dataset": "x" * 3000}}, "These are more values than a preset can hold."),
    ],
)
def test_what_cannot_be_kept_is_refused_with_all_that_was_typed(browser, ask, changes, words):
    answer = save(browser, **{"name": "mine", "is_shared": "y", **changes})

    form = read(answer).one("form", class_="view-form")
    typed = changes.get("typed", TYPED)
    assert answer.status_code == 422
    assert words in form.text
    assert {name: text for name, text in typed.items() if text}.items() <= dict(form.sent()).items()
    assert form.value("is_shared") == "y"
    assert kept(ask) == []
    back = form.one("button", value="preset").attributes["formaction"]
    shown = browser.post(back, data={**dict(form.sent()), "action": "preset"})
    filled = {name: text for name, text in typed.items() if text.strip()}
    assert filled.items() <= values_shown(shown, "task-form").items()


def test_a_name_one_has_is_replaced_only_when_that_is_meant(browser, ask):
    save(browser)

    refused = save(browser, typed={"energy": "10"})
    sent = dict(read(refused).one("form", class_="view-form").sent())
    before = kept(ask)
    replaced = browser.post("/presets", data={**sent, "replaces": "y"})

    assert (refused.status_code, replaced.status_code) == (422, 303)
    assert "You have a preset of this name already." in refused.text
    assert (before, kept(ask)) == ([("mine", KEPT, False)], [("mine", "energy=10", False)])


def test_there_is_a_limit_and_it_is_said(app, browser, ask):
    app.config["PRESETS_LIMIT"] = 2
    for name in "ab":
        save(browser, name)

    answer = save(browser, "c")

    assert answer.status_code == 422
    assert "You have 2 presets, and may keep no more." in answer.text
    assert "You may keep 2 presets." in browser.get("/presets").text


def test_the_page_shows_whose_they_are_and_what_may_be_done(browser, sign_in):
    other, manager = sign_in("physicist"), sign_in("manager")
    save(browser, "private")
    save(browser, "shared", is_shared="y")

    pages = [read(each.get("/presets")) for each in (browser, other, manager)]

    titles = [[title.text for title in page.all("h2")] for page in pages]
    assert titles == [["private", "shared"], ["shared"], ["shared"]]
    forms = [[form.attributes["action"] for form in page.one("main").all("form")] for page in pages]
    assert forms == [
        [f"/presets/{number}/{what}" for number in (1, 2) for what in ("change", "delete")],
        [],
        ["/presets/2/delete"],
    ]
    assert "Energy: 27" in pages[1].one(id="values-2").text
    assert pages[0].has("a", href="/tasks/new?preset=1")


def test_it_is_renamed_shared_and_deleted(browser, ask):
    save(browser, "a")
    save(browser, "b")

    changed = browser.post("/presets/1/change", data={"name": "c", "is_shared": "y"})
    refused = browser.post("/presets/1/change", data={"name": "b"})
    deleted = browser.post("/presets/2/delete")

    assert [answer.status_code for answer in (changed, refused, deleted)] == [303, 422, 303]
    assert read(refused).one("input", id="name-1").attributes["value"] == "b"
    assert kept(ask) == [("c", KEPT, True)]


def test_the_recipe_of_a_data_type_shows_the_presets_for_it(browser, sign_in):
    save(browser, "my sample", is_shared="y")
    save(browser, "no type", typed={"energy": "27"}, is_shared="y")

    shown = read(browser.get("/recipes"))
    to_a_viewer = sign_in("viewer").get("/recipes").text

    link = shown.one(id="recipe-SIMULATION").one("a", href="/tasks/new?preset=1")
    assert link.text == "my sample"
    assert not shown.has("a", href="/tasks/new?preset=2")
    assert "my sample" not in to_a_viewer
