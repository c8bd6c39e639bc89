"""Signing in, staying signed in, signing out."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import update

from app.models import User
from tests.conftest import PASSWORD
from tests.views.reading import read


def credentials(user, password=PASSWORD):
    return {"username": user.username, "password": password}


def is_signed_in(browser):
    return browser.get("/tasks").status_code == 200


def test_username_or_address_and_password_sign_in(app, make_user):
    make_user("physicist", "physicist1")

    for typed in ("physicist1", "PHYSICIST1", "  physicist1 ", "Physicist1@Example.ORG", "physicist1\x00"):
        client = app.test_client()
        answer = client.post("/sign-in", data={"username": typed, "password": PASSWORD})

        assert (answer.status_code, answer.location) == (303, "/tasks")
        assert is_signed_in(client)


WRONG = [
    {"password": "wrong password"}, {"password": PASSWORD.upper()}, {"password": PASSWORD + " "},
    {"username": "nobody"}, {"username": "' OR 1=1 --"}, {"username": "%"}, {"username": "_hysicist1"},
    {"username": "🚀" * 100}, {"username": "physicist"}, {"username": "example.org"},
]  # fmt: skip


def test_a_wrong_pair_is_refused_without_saying_which_is_wrong(client, make_user):
    user = make_user("physicist", "physicist1")

    for typed in WRONG:
        answer = client.post("/sign-in", data=credentials(user) | typed)

        assert answer.status_code == 422
        assert "The username or the password is wrong." in read(answer).one(role="alert").text
        assert not is_signed_in(client)


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    ("typed", "field"),
    [({"username": ""}, "username"), ({"password": ""}, "password"), ({"username": "x" * 255}, "username")],
)
def test_an_error_stands_at_its_field_and_the_name_stays(client, typed, field):
    sent = {"username": 'phys"icist', "password": "p"} | typed

    page = read(client.post("/sign-in", data=sent))

    form = page.one("form", action="/sign-in")
    assert page.has(id=f"errors-{field}")
    assert (form.value("username"), form.value("password")) == (sent["username"], "")


def test_a_disabled_user_cannot_sign_in(client, make_user, alter):
    user = make_user()
    alter(update(User).values(is_disabled=True))

    right = client.post("/sign-in", data=credentials(user))
    wrong = client.post("/sign-in", data=credentials(user, "a wrong password"))

    assert (right.status_code, wrong.status_code) == (422, 422)
    told = "This account is disabled. Ask an administrator of this service."
    assert [told in answer.text for answer in (right, wrong)] == [True, False]
    assert "The username or the password is wrong." in wrong.text
    assert client.get("/tasks").status_code == 303


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(("typed", "field"), [(None, "username"), ({"username": "casper"}, "password")])
def test_the_cursor_stands_where_to_go_on(client, typed, field):
    answer = client.get("/sign-in") if typed is None else client.post("/sign-in", data=typed)

    assert [box.attributes["id"] for box in read(answer).all("input", autofocus="")] == [field]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_no_secret_is_logged(app, client, make_user, caplog):
    app.logger.setLevel("DEBUG")
    user, secrets = make_user(), {"a wrong password", PASSWORD}
    with caplog.at_level("DEBUG"):
        client.post("/sign-in", data=credentials(user, "a wrong password"))
        client.post("/sign-in", data=credentials(user))
        with client.session_transaction() as cookie:
            secrets.add(cookie["_user_id"])
        client.get("/nothing?token=x")
        client.post("/sign-out")

    assert not [secret for secret in secrets if secret in caplog.text]
    assert len(secrets) == 3


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_password_does_not_grow_old(app, make_user):
    typed = credentials(make_user())

    with time_machine.travel(datetime.now(UTC) + timedelta(days=4000), tick=False):
        client = app.test_client()
        assert client.post("/sign-in", data=typed).location == "/tasks"
        assert is_signed_in(client)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_who_is_led_to_sign_in_but_is_in_already_goes_on(sign_in):
    browser = sign_in()

    assert browser.get("/sign-in?next=/profile/password").location == "/profile/password"
    assert browser.get("/sign-in?next=//elsewhere.example").status_code == 200
    assert browser.get("/sign-in").status_code == 200
