"""Step 1 of a new task: nine fields make its name, by the convention."""

import pytest

from tests.build_task import FIELDS
from tests.views.conftest import HTMX
from tests.views.reading import Element, read
from tests.views.typing_in import NAME, fields, form_of, press, problems_at, query_of, summary_of

# field, what is typed, words at the field, the value offered instead (None: none).
REFUSED = [
    ("year", "", "This must be filled in.", None),
    ("year", "6565", "At most", None),
    ("year", "88", "At least", None),
    ("year", "20 26", "“20 26” is not a number.", None),
    ("year", "2026.5", "is not a whole number", None),
    ("energy", "0", "Must be more than 0.", None),
    ("energy", "13,5", "is not a number", "13.5"),
    ("energy", "27 GeV", "is not a number", "27"),
    ("energy", "-5", "is not a number", None),
    ("source", "mc", "This is not in the list", "MC"),
    ("source", "МС", "Only Latin letters", "MC"),
    ("polarization", "U U", "A name cannot hold spaces.", "UU"),
    ("description", "Some description", "A name cannot hold spaces.", "Some_description"),
    ("description", "min.bias", "separates the fields of a name", "min_bias"),
    ("description", "описание", "Only Latin letters", "opisanie"),
    ("description", "a/b", "Only Latin letters, digits, _ and -", "a_b"),
    ("description", "d" * 61, "Too long: 61 characters, at most 60", None),
    ("run", "v59", "is not a number", "59"),
    ("run", "1000000000", "At most", None),
    ("data_type", "simulation", "This is not in the list", "SIMULATION"),
    ("dataset", "my..data", "cannot stand first, last or twice", "my.data"),
    ("dataset", ".data", "cannot stand first, last or twice", "data"),
    ("version", "0", "At least 1.", None),
    ("version", "10000", "At most", None),
]


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_fields_stand_in_the_order_of_the_name_each_with_help_and_example(browser):
    form = form_of(browser.get("/tasks/new"))

    names = [name for name, _value in form.sent() if name in FIELDS]
    assert names == list(FIELDS)
    for name in names:
        assert form.has("label", for_=f"field-{name}")
        assert "Example: " in form.one(id=f"help-{name}").text
    assert form.has(name="collision")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_empty_form_scolds_nobody(browser):
    answer = browser.get("/tasks/new")

    assert summary_of(answer) == ""
    assert not any(problems_at(answer, name) for name in FIELDS)
    assert "The name is free" not in read(answer).one(id="name-card").text


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_good_name_leads_on_to_the_size(browser, headers):
    answer = browser.post("/tasks/new", data=fields(collision="pp", action="continue"), headers=headers)

    path, query = query_of(answer)
    assert (answer.status_code, path) == (303, "/tasks/new/size")
    assert dict(query) == fields(collision="pp")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_error_names_its_field_keeps_what_was_typed_and_offers_the_mend(browser):
    for name, typed, words, mend in REFUSED:
        answer = browser.post("/tasks/new", data=fields(**{name: typed}))

        assert answer.status_code == 422
        assert words in problems_at(answer, name)
        label = form_of(answer).one("label", for_=f"field-{name}").text
        assert summary_of(answer).startswith(f"One thing to put right {label}: ")
        assert form_of(answer).value(name) == typed
        assert set(form_of(answer).buttons("mend")) == ({f"{name}:{mend}"} if mend else set())


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_one_click_puts_it_right_without_scripts(browser):
    for name, typed, words, mend in REFUSED:
        if mend is None:
            continue
        refused = browser.post("/tasks/new", data=fields(**{name: typed}))

        answer = press(browser, refused, "/tasks/new", ("mend", f"{name}:{mend}"))

        mended = form_of(answer)
        assert {each: mended.value(each) for each in FIELDS} == FIELDS | {name: mend}
        assert words not in answer.text
        sent = press(browser, answer, "/tasks/new", ("action", "continue"), confirmed=all_ticks(answer))
        assert sent.status_code == 303, mend


def all_ticks(answer):
    return [tick.attributes["value"] for tick in read(answer).all("input", name="confirmed")]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_mend_puts_one_field_right_and_leaves_the_others_to_their_author(browser):
    typed = fields(description="Some description", dataset="my..data", year="88")
    refused = browser.post("/tasks/new", data=typed)

    answer = press(browser, refused, "/tasks/new", ("mend", "description:Some_description"))

    assert answer.status_code == 422
    assert summary_of(answer).startswith("2 things to put right Year: At least")
    form = form_of(answer)
    assert (form.value("description"), form.value("dataset")) == ("Some_description", "my..data")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_made_up_mend_does_no_harm(browser):
    for mend in ("", ":", "year", "nothing:1", "csrf_token:1", "year:\x00", "x" * 10_000):
        answer = browser.post("/tasks/new", data=fields(mend=mend))

        assert answer.status_code in {200, 422}
        assert form_of(answer).value("dataset") == FIELDS["dataset"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_detector_data_are_not_generated(browser):
    answer = browser.post("/tasks/new", data=fields(source="Data", data_type="EVGEN"))

    assert answer.status_code == 422
    assert "Detector data are neither generated nor simulated." in problems_at(answer, "data_type")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_warnings_ask_and_confirming_one_lets_only_that_one_through(browser):
    refused = browser.post("/tasks/new", data=fields(energy="1000", year="2019"))
    ticks = all_ticks(refused)
    assert (refused.status_code, len(ticks)) == (422, 2)
    assert "NICA's pp collisions (assumed, as none are chosen) reach at most 27" in summary_of(refused)

    one = press(browser, refused, "/tasks/new", ("action", "continue"), confirmed=ticks[0])
    other = press(browser, refused, "/tasks/new", ("action", "continue"), confirmed=ticks[1])
    both = press(browser, refused, "/tasks/new", ("action", "continue"), confirmed=ticks)

    assert [one.status_code, other.status_code, both.status_code] == [422, 422, 303]
    assert "Unusually small" not in summary_of(one)
    assert "reach at most" in summary_of(one)
    assert "Unusually small" in summary_of(other)
    assert form_of(one).sent().count(("confirmed", ticks[0])) == 1
    assert [value for name, value in query_of(both)[1] if name == "confirmed"] == sorted(ticks)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_confirmed_warning_confirms_no_error_and_no_other_name(browser):
    everything = ["year:too_large:", "energy:not_above:", "name:name_taken:", "*", ""]

    answer = browser.post("/tasks/new", data=fields(year="6565", energy="0", confirmed=everything))

    assert answer.status_code == 422
    assert summary_of(answer).startswith("2 things to put right")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_name_of_a_draft_one_may_not_see_is_only_taken(browser, sign_in, make_user, make_task):
    task = make_task("draft", creator=make_user("physicist", "casper"), run="59")

    for answer in (
        browser.post("/tasks/new", data=fields()),
        browser.get("/tasks/new/preview", query_string=fields()),
    ):
        assert "The name is taken" in read(answer).one(id="name-card").text
        assert "casper" not in answer.text
        assert f"/tasks/{task.id}" not in answer.text
    told = sign_in("manager").get("/tasks/new/preview", query_string=fields())
    assert f"Taken by task {task.id} of casper" in read(told).text


def test_a_taken_name_says_by_whom(browser, make_user, make_task):
    task = make_task("queued", creator=make_user("physicist", "casper"), run="59")

    answer = browser.post("/tasks/new", data=fields())

    assert answer.status_code == 422
    assert f"Task {task.id} of casper has this name already." in summary_of(answer)
    assert f"Taken by task {task.id} of casper" in read(answer).one(id="name-card").text


CARDS = [
    (fields(), "The name is free"),
    (fields(description=""), "2026.MC.27.UU.Description.59"),
    (fields(energy="13.5"), "2026.MC.13p5.UU.minbias"),
    (fields(energy="013.50"), "2026.MC.13p5.UU.minbias"),
    (fields(description="two words"), "Description: A name cannot hold spaces."),
    (fields(energy="1000"), "reach at most 27 GeV"),
    (fields(energy="1000", collision="pd"), "NICA's pd collisions reach at most 19 GeV"),
    ({}, "Year.Data source.Energy.Polarization.Description"),
    ({"year": "2026"}, "2026.Data source.Energy"),
]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_card_shows_the_name_as_it_grows(browser):
    for typed, words in CARDS:
        for headers in ({}, HTMX):
            answer = browser.get("/tasks/new/preview", query_string=typed, headers=headers)

            [card] = [part for part in read(answer).parts if isinstance(part, Element)]
            assert card.attributes["id"] == "name-card"
            assert words in card.text


def test_the_card_says_that_a_name_is_taken_but_not_by_the_task_itself(browser, make_task):
    task = make_task("queued", run="59")

    taken = browser.get("/tasks/new/preview", query_string=fields())
    own = browser.get("/tasks/new/preview", query_string=fields(task=str(task.id)))

    assert f"Taken by task {task.id}" in read(taken).text
    assert "The name is free" in read(own).text


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_card_offers_the_whole_name_for_copying(browser):
    card = read(browser.get("/tasks/new/preview", query_string=fields()))

    assert card.one("button", class_="icon-button copy-button js-only").attributes["data-copy"] == NAME
    assert card.one(class_="name name-large").text == NAME


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_step_1_is_filled_in_from_its_address(browser):
    answer = browser.get("/tasks/new", query_string=fields(description="two words", collision="dd"))

    form = form_of(answer)
    assert {name: form.value(name) for name in FIELDS} == fields(description="two words")
    assert form.value("collision") == "dd"
    assert "A name cannot hold spaces." in read(answer).one(id="name-card").text
