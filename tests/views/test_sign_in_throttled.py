"""Too many guesses, and answers that tell nobody who has an account."""

import re

import pytest
from sqlalchemy import update

from app.models import User
from tests.conftest import PASSWORD
from tests.databases import counted_statements
from tests.views.reading import read

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

FORGED = {"X-Forwarded-For": "198.51.100.9", "Forwarded": "for=198.51.100.9", "X-Real-IP": "198.51.100.9"}


WRONG = "a wrong password"


def guess(browser, name, password=WRONG, **more):
    return browser.post("/sign-in", data={"username": name, "password": password, "next": "/calls"}, **more)


def throttled(browser, name):
    for _ in range(5):
        assert guess(browser, name).status_code == 422
    return guess(browser, name)


def told(answer, name):
    """What an answer tells: status, headers and body; the name and the token that differ anyway put aside."""
    differing = {"Set-Cookie", "Retry-After", "X-Request-ID"}
    headers = {key: value for key, value in answer.headers if key not in differing}
    return answer.status_code, headers, re.sub(r"[\w.-]{80,}", "(token)", answer.text).replace(name, "(name)")


def test_too_many_guesses_are_told_with_what_was_typed(client, make_user):
    user = make_user()

    answer = throttled(client, user.username)

    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 300
    said = read(answer).one(role="alert").text
    assert "try again in 5 minutes" in said
    assert "A browser that signed in to this account before can still sign in." in said
    form = read(answer).one("form", action="/sign-in")
    assert [form.value(name) for name in ("username", "password", "next")] == [user.username, "", "/calls"]


def test_the_answer_is_the_same_for_a_name_that_nobody_has(app, make_user):
    make_user("physicist", "ghosty")
    known, unknown = app.test_client(), app.test_client()

    answers = throttled(known, "ghosty"), throttled(unknown, "nobody")

    assert told(answers[0], "ghosty") == told(answers[1], "nobody")
    assert {answer.status_code for answer in answers} == {429}


def test_too_many_guesses_do_not_tell_whose_an_address_is(app, make_user):
    make_user("physicist", "ghosty")
    throttled(app.test_client(), "ghosty")

    answers = [guess(app.test_client(), f"{name}@example.org") for name in ("ghosty", "nobody")]

    assert [answer.status_code for answer in answers] == [422, 422]


@pytest.mark.parametrize(
    "closed",
    [{}, {"password_hash": None}],
    ids=["wrong password", "without a password"],
)
def test_whatever_is_wrong_the_answer_is_that_of_an_unknown_name(app, make_user, alter, closed):
    make_user("physicist", "ghosty")
    if closed:
        alter(update(User).values(**closed))

    wrong, right, unknown = (
        guess(app.test_client(), name, password)
        for name, password in (("ghosty", "wrong"), ("ghosty", PASSWORD), ("nobody", "wrong"))
    )

    assert told(wrong, "ghosty") == told(unknown, "nobody")
    if closed:
        assert told(right, "ghosty") == told(unknown, "nobody")


def test_only_the_right_password_learns_that_the_account_is_disabled(app, make_user, alter):
    make_user("physicist", "ghosty")
    alter(update(User).values(is_disabled=True))

    wrong, right, unknown = (
        guess(app.test_client(), name, password)
        for name, password in (("ghosty", "wrong"), ("ghosty", PASSWORD), ("nobody", "wrong"))
    )

    assert told(wrong, "ghosty") == told(unknown, "nobody")
    assert right.status_code == 422
    assert "disabled" in right.text
    assert "disabled" not in wrong.text


def test_only_the_right_password_learns_that_the_address_is_not_confirmed(app, make_user, alter):
    make_user("physicist", "ghosty")
    alter(update(User).values(email_confirmed_at=None))

    wrong, right, unknown = (
        guess(app.test_client(), name, password)
        for name, password in (("ghosty", "wrong"), ("ghosty", PASSWORD), ("nobody", "wrong"))
    )

    assert told(wrong, "ghosty") == told(unknown, "nobody")
    assert (right.status_code, right.location) == (303, "/register/waiting")


def test_the_database_is_asked_the_same_whether_the_name_is_known_or_not(app, make_user):
    make_user("physicist", "ghosty")
    client, asked = app.test_client(), {}
    guess(client, "a first one from this address")
    for _ in range(12):
        for name in ("ghosty", "nobody"):
            with counted_statements(app) as statements:
                guess(client, name)
            asked.setdefault(name, []).append(list(statements))

    assert asked["ghosty"] == asked["nobody"]
    assert len(asked["ghosty"][0]) > 5


def test_a_forged_address_has_no_effect(app, make_user):
    user = make_user()
    throttled(app.test_client(), user.username)

    for number in range(5):
        forged = {name: value.replace("9", str(number)) for name, value in FORGED.items()}
        assert guess(app.test_client(), user.username, PASSWORD, headers=forged).status_code == 429


def test_a_browser_that_signed_in_before_still_gets_in(app, sign_in_by_form):
    browser = sign_in_by_form()
    browser.post("/sign-out")
    throttled(app.test_client(), browser.user.username)

    assert guess(app.test_client(), browser.user.username, PASSWORD).status_code == 429
    assert guess(browser, browser.user.username, PASSWORD).status_code == 303
    assert browser.get("/tasks").status_code == 200


class TestBehindAProxy:
    @pytest.fixture
    def settings(self):
        return {"PROXIES": 1, "SIGN_IN_TRIES_PER_ADDRESS": 3}

    def test_only_the_last_address_is_believed(self, app):
        answers = [
            guess(app.test_client(), f"name{number}", headers={"X-Forwarded-For": f"{number}, 192.0.2.5"})
            for number in range(5)
        ]

        assert [answer.status_code for answer in answers] == [422, 422, 422, 429, 429]
        elsewhere = guess(app.test_client(), "name9", headers={"X-Forwarded-For": "192.0.2.5, 192.0.2.6"})
        assert elsewhere.status_code == 422
