"""What an administrator does in the shell."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.extensions import db
from app.models import User
from tests.conftest import ROOT
from tests.views.second_factor import give_password, switch_on

COMMANDS = [
    ["admin", "create", "chief", "chief@example.org"], ["set-role", "chief", "admin"],
    ["remove-second-factor", "chief"], ["delivery", "status"],
]  # fmt: skip


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


def flask(instance: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a program of its own, as an administrator does."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
    settings = {"PATH": os.environ["PATH"], "SPD_INSTANCE": str(instance)}
    return subprocess.run(command, env=settings, cwd=ROOT, capture_output=True, text=True, timeout=120)


def test_a_command_in_the_wrong_place_says_so_and_leaves_nothing_there(tmp_path: Path) -> None:
    nowhere = tmp_path / "instance"

    said = flask(nowhere, "admin", "create", "chief", "chief@example.org")

    wanted = f"Error: No database in {nowhere}; run `flask prepare`, or name the folder in SPD_INSTANCE.\n"
    assert (said.returncode, said.stderr) == (1, wanted)
    assert not nowhere.exists()


def test_prepare_makes_the_folder_for_the_commands(tmp_path: Path) -> None:
    assert flask(tmp_path / "instance", "prepare").returncode == 0

    said = flask(tmp_path / "instance", "admin", "create", "chief", "chief@example.org")

    assert (said.returncode, said.stderr) == (0, "")
    assert "PUBLIC_URL" in said.stdout


@pytest.mark.own_app
def test_no_command_runs_on_an_empty_database(app: Flask) -> None:
    with app.app_context():
        db.drop_all()
        db.session.execute(sa.text("DROP TABLE alembic_version"))
        db.session.commit()

    said = [app.test_cli_runner().invoke(args=words) for words in COMMANDS]

    assert [result.exit_code for result in said] == [1] * len(COMMANDS)
    assert all(result.output.startswith("Error: No database in ") for result in said)
    assert app.test_cli_runner().invoke(args=["prepare"]).exit_code == 0
