"""One's own sessions and what happened to one's account."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from app.models import AccountEvent, UserSession
from tests.conftest import PASSWORD
from tests.views.reading import read

PAGE = "/profile/sessions"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/144.0"


@pytest.fixture
def both(app, sign_in_by_form):
    """Two browsers of one person: this one and another."""
    browser, other = sign_in_by_form(), app.test_client()
    typed = {"username": browser.user.username, "password": PASSWORD}
    other.post(
        "/sign-in", data=typed, headers={"User-Agent": FIREFOX}, environ_base={"REMOTE_ADDR": "192.0.2.77"}
    )
    return browser, other


def rows(browser):
    return [
        row
        for row in read(browser.get(PAGE)).all("tr")
        if row.attributes.get("id", "").startswith("session-")
    ]


def is_signed_in(browser):
    return browser.get("/tasks").status_code == 200


def test_each_live_session_is_shown_with_its_browser_and_address(both):
    browser, _other = both

    this, other = sorted((row.text for row in rows(browser)), key=lambda text: "this one" not in text)

    assert "this one" in this
    assert "127.0.0.1" in this
    assert "Firefox, Linux 192.0.2.77" in other
    assert "this one" not in other


def test_one_is_ended_and_dead_at_once(both, ask):
    browser, other = both
    [row] = [row for row in rows(browser) if "this one" not in row.text]
    path = row.one("form").attributes["action"]

    answer = browser.post(path)

    assert (answer.status_code, answer.location) == (303, PAGE)
    assert is_signed_in(browser)
    assert not is_signed_in(other)
    assert browser.post(path).status_code == 404
    assert len(rows(browser)) == 1
    assert [event.kind for event in ask(select(AccountEvent))].count("sessions_ended") == 1


def test_all_others_are_ended(both, app, sign_in):
    browser, other = both
    stranger = sign_in("admin")

    browser.post(f"{PAGE}/end-others")
    assert "1 session has ended." in browser.get(PAGE).text
    browser.post(f"{PAGE}/end-others")
    assert "There was no other session." in browser.get(PAGE).text

    assert [is_signed_in(each) for each in (browser, other, stranger)] == [True, False, True]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_session_of_somebody_else_answers_like_one_that_is_not_there(both, sign_in, ask):
    stranger = sign_in("admin")
    stranger.get("/tasks")  # takes the greeting away
    foreign = ask(select(UserSession).where(UserSession.user_id == both[0].user.id))

    found = stranger.post(f"{PAGE}/{foreign[0].id}/end")
    missing = stranger.post(f"{PAGE}/99999/end")

    assert (found.status_code, missing.status_code) == (404, 404)
    assert read(found).one("main").text == read(missing).one("main").text
    assert is_signed_in(both[0])


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_session_that_timed_out_is_not_shown(app, make_user):
    user = make_user()
    typed = {"username": user.username, "password": PASSWORD}
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        app.test_client().post("/sign-in", data=typed)
        clock.shift(timedelta(hours=13))
        browser = app.test_client()
        browser.post("/sign-in", data=typed)

        assert len(rows(browser)) == 1


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_what_happened_is_told_in_words_the_newest_first(both):
    browser, _other = both
    typed = {"username": browser.user.username, "password": "wrong"}
    browser.post("/sign-in", data=typed, headers={"User-Agent": "<script>alert(1)</script>"})

    said = [row.text for row in read(browser.get(PAGE)).all("tr") if row.has("td", class_="cell-words")]

    assert "Sign-in refused wrong password" in said[0]
    assert "an unknown browser" in said[0]
    assert "Signed in with the password Firefox, Linux 192.0.2.77" in said[1]
    assert len(said) == 3


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_events_of_others_are_not_shown_and_only_the_latest_twenty(both):
    browser, other = both
    other.post("/sign-in", data={"username": "nobody", "password": PASSWORD})
    for _ in range(21):
        other.post("/sign-in", data={"username": browser.user.username, "password": PASSWORD})

    said = [row.text for row in read(browser.get(PAGE)).all("tr") if row.has("td", class_="cell-words")]

    assert len(said) == 20
    assert all("Signed in" in row for row in said)
