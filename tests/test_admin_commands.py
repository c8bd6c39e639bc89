"""What an administrator does in the shell."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask
from flask.testing import FlaskClient

from app.services import installation


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


def test_a_pause_is_lifted_and_told(app: Flask, now: datetime) -> None:
    with app.app_context():
        installation.create_installation("spd-demo")
        installation.pause_delivery(installation.READ_BACK, "task 7 differs", now)

    said = app.test_cli_runner().invoke(args=["resume-delivery"])

    assert "task 7 differs" in said.output
    with app.app_context():
        assert not installation.is_paused()
    assert "not paused" in app.test_cli_runner().invoke(args=["resume-delivery"]).output
