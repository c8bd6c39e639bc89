"""Language and theme: the person's choice, else the browser's."""

import pytest
from sqlalchemy import select

from app.models import User
from app.way_back import page_to_come_back_to
from tests.conftest import PASSWORD
from tests.views.reading import read
from tests.world import ADMIN, OWNER, routes_of
from tests.world_forms import FORMS

RUSSIAN = {"Accept-Language": "ru-RU,ru;q=0.9,en;q=0.8"}


def html_of(browser, path="/sign-in", **headers):
    return read(browser.get(path, headers=headers)).one("html").attributes


PREFERRED = {
    "ru": "ru",
    "ru-RU,ru;q=0.9,en;q=0.8": "ru",
    "en-GB,ru;q=0.5": "en",
    "ru-RU,en;q=0.5": "ru",
    "RU": "ru",
    "en;q=0.2, ru;q=0.9": "ru",
    "de, fr;q=0.9, ru;q=0.1": "ru",
    "de": "en",
    "": "en",
    "*": "en",
    "ru;q=0": "en",
    "ru;q=nonsense": "en",
    ";;;,,,=": "en",
    "x" * 5000: "en",
}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_browser_says_which_language_is_preferred(client):
    found = {words: html_of(client, **{"Accept-Language": words})["lang"] for words in PREFERRED}

    assert found == PREFERRED


def test_somebody_unknown_keeps_a_choice_in_the_cookie(client):
    answer = client.post("/preferences", data={"language": "ru", "next_url": "/register?x=1"})
    client.post("/preferences", data={"theme": "dark"})

    assert (answer.status_code, answer.location) == (303, "/register?x=1")
    assert html_of(client)["lang"] == "ru"
    assert html_of(client)["data-theme"] == "dark"


def test_a_choice_made_before_signing_in_stays(client, make_user):
    client.post("/preferences", data={"language": "ru", "theme": "dark"})

    client.post("/sign-in", data={"username": make_user().username, "password": PASSWORD})

    assert html_of(client, "/tasks")["lang"] == "ru"
    assert html_of(client, "/tasks")["data-theme"] == "dark"


def test_a_person_keeps_a_choice_on_every_browser(app, sign_in):
    browser = sign_in()
    browser.post("/preferences", data={"language": "ru"})
    browser.post("/preferences", data={"theme": "light"})

    other = sign_in(browser.user)

    assert html_of(other, "/tasks")["lang"] == "ru"
    assert html_of(other, "/tasks")["data-theme"] == "light"


def test_the_choice_of_a_person_counts_more_than_the_browser(sign_in):
    browser = sign_in()
    browser.post("/preferences", data={"language": "en"})

    assert html_of(browser, "/tasks", **RUSSIAN)["lang"] == "en"


def test_a_choice_stays_after_signing_out(sign_in):
    browser = sign_in()
    browser.post("/preferences", data={"language": "ru", "theme": "dark"})

    browser.post("/sign-out")

    assert html_of(browser)["lang"] == "ru"
    assert html_of(browser)["data-theme"] == "dark"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_choice_that_does_not_exist_changes_nothing(sign_in, ask):
    browser = sign_in()
    browser.post("/preferences", data={"language": "ru", "theme": "dark"})

    for made_up in ("de", "", "RU", "ru\x00", "../../etc/passwd", "🚀", "r" * 1000):
        answer = browser.post("/preferences", data={"language": made_up, "theme": made_up})
        assert answer.status_code == 303
    assert [(user.language, user.theme) for user in ask(select(User))] == [("ru", "dark")]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_page_offers_the_other_language_and_leads_back(sign_in):
    browser = sign_in()
    page = read(browser.get("/tasks?q=minbias"))

    form = page.one("form", id="preferences")
    answer = browser.post("/preferences", data={**dict(form.sent()), "language": form.buttons("language")[0]})

    assert answer.location == "/tasks?q=minbias"
    assert html_of(browser, answer.location)["lang"] == "ru"


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("who", [OWNER, ADMIN])
def test_the_answer_to_any_form_leads_back_to_a_page(app, world, who):
    led_nowhere, seen = {}, 0

    for route in routes_of(app):
        if not route.is_unsafe or route.endpoint in {"auth.sign_out", "own_sessions.end_others"}:
            continue
        browser = world.browser(who)
        answer = browser.post(world.address(route, "draft", whose=who), data=FORMS.get(route.endpoint, {}))
        for form in read(answer).all("form", action="/preferences") if answer.status_code != 303 else []:
            back = browser.post("/preferences", data=dict(form.sent()) | {"theme": "dark"}).location
            seen += 1
            if browser.get(back, follow_redirects=True).status_code == 405:
                led_nowhere[route.endpoint] = back

    assert led_nowhere == {}
    assert seen >= 3


@pytest.mark.parametrize(
    ("path", "back"),
    [
        ("/profile/second-factor/confirm", "/profile/second-factor"),
        ("/profile/identities/7/unlink", "/profile/identities"),
        ("/sign-out", "/tasks"),
        ("/profile/password?x=1", "/profile/password?x=1"),
        ("/no-such-page?x=1", "/no-such-page?x=1"),
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_what_takes_forms_alone_leads_back_to_the_page_above(app, path, back):
    with app.test_request_context(path, method="POST"):
        assert page_to_come_back_to() == back
