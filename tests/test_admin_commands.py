"""What an administrator does in the shell."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.models import User
from tests.views.second_factor import give_password, switch_on


def test_a_new_role_counts_from_the_next_click(app: Flask, sign_in: Callable[..., FlaskClient]) -> None:
    browser = sign_in("viewer")
    assert browser.get("/tasks/new").status_code == 403

    said = app.test_cli_runner().invoke(args=["set-role", browser.user.username, "physicist"])

    assert said.exit_code == 0
    assert browser.get("/tasks/new").status_code == 200


def test_nobody_gets_a_role_that_is_none(app: Flask) -> None:
    said = app.test_cli_runner().invoke(args=["set-role", "nobody", "admin"])

    assert said.exit_code == 1
    assert "no account" in said.output


def test_the_first_admin_sets_their_password_by_a_link(app: Flask, client: FlaskClient) -> None:
    said = app.test_cli_runner().invoke(args=["admin", "create", "chief", "chief@example.org"])

    assert said.exit_code == 0, said.output
    path = said.output.split()[-1].removeprefix("http://127.0.0.1:8080")
    password = {"password": "another one of tests", "password_again": "another one of tests"}
    assert client.post(path, data=password).location == "/sign-in"
    assert client.post(path, data=password).status_code == 422
    client.post("/sign-in", data={"username": "chief", "password": "another one of tests"})
    assert "administrator" in client.get("/profile").text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("Chief", "chief@example.org"), "small Latin letters"),
        (("chief", "chief"), "an e-mail address"),
        (("viewer", "chief@example.org"), "This username is taken."),
        (("chief", "viewer@example.org"), "This e-mail address has an account already."),
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_admin_who_cannot_be_made_is_told_why(
    app: Flask, make_user: Callable[..., User], typed: tuple[str, str], words: str
) -> None:
    make_user("viewer", "viewer")

    said = app.test_cli_runner().invoke(args=["admin", "create", *typed])

    assert said.exit_code == 1
    assert words in said.output


def test_a_lost_second_factor_is_taken_away(app: Flask, sign_in: Callable[..., FlaskClient]) -> None:
    guarded = switch_on(sign_in("admin"))
    command = ["remove-second-factor", guarded.user.username]

    said = [app.test_cli_runner().invoke(args=command).output for _ in range(2)]

    assert "with the password alone" in said[0]
    assert "There was none." in said[1]
    assert guarded.browser.get("/tasks").status_code == 303  # whoever had it is out
    assert give_password(app.test_client(), guarded.user).location == "/tasks"
    assert app.test_cli_runner().invoke(args=["remove-second-factor", "nobody"]).exit_code == 1
