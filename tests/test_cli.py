"""`flask prepare`: what a new installation needs, made once; made again it changes nothing."""

import stat
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from app.cli import SIGN_INS, prepare_demo_people
from app.extensions import db
from app.models import Installation, User
from app.services.accounts import find_by_password

pytestmark = pytest.mark.own_app

DEMO = {"physicist", "manager", "admin"}


def prepare(app: Flask) -> Result:
    result = app.test_cli_runner().invoke(args=["prepare"])
    assert result.exception is None, result.output
    return result


def sign_ins(app: Flask) -> dict[str, str]:
    lines = (Path(app.instance_path) / SIGN_INS).read_text().splitlines()
    return dict(line.split() for line in lines)


def test_an_empty_database_becomes_ready_for_use(app):
    with app.app_context():
        db.drop_all()
        db.session.execute(sa.text("DROP TABLE alembic_version"))
        db.session.commit()

    prepare(app)

    with app.app_context():
        assert db.session.scalars(sa.select(Installation.instance_id)).all() == [app.config["INSTANCE_ID"]]
        assert set(db.session.scalars(sa.select(User.username))) == DEMO


def test_the_demo_people_can_sign_in_with_what_is_printed(app):
    output = prepare(app).output

    assert f"This is a demo in {app.instance_path}" in output
    with app.app_context():
        for username, password in sign_ins(app).items():
            assert find_by_password(username, password).role == username
            assert f"{username:10} {password}" in output


def test_the_sign_ins_are_readable_by_the_service_alone(app):
    prepare(app)

    assert stat.S_IMODE((Path(app.instance_path) / SIGN_INS).stat().st_mode) == 0o600


def test_preparing_twice_changes_nothing(app):
    first = prepare(app).output

    second = prepare(app).output

    assert first == second
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == len(DEMO)
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Installation)) == 1


def test_passwords_that_nobody_knows_any_more_are_made_anew(app):
    prepare(app)
    lost = sign_ins(app)
    (Path(app.instance_path) / SIGN_INS).unlink()

    prepare(app)

    with app.app_context():
        assert all(find_by_password(username, password) for username, password in sign_ins(app).items())
        assert not any(find_by_password(username, password) for username, password in lost.items())


def test_each_of_the_demo_people_has_a_password_of_their_own(app):
    prepare(app)
    passwords = list(sign_ins(app).values())

    assert len(set(passwords)) == len(DEMO)
    assert all(len(password) >= app.config["PASSWORD_MIN_LENGTH"] for password in passwords)


def test_a_database_of_another_installation_is_said(app):
    prepare(app)
    app.config["INSTANCE_ID"] = "another"

    result = prepare(app)

    assert "belongs to the installation" in result.stderr
    with app.app_context():
        assert db.session.scalar(sa.select(Installation.instance_id)) != "another"


class TestProduction:
    @pytest.fixture
    def settings(self, tmp_path: Path) -> dict:
        secret = tmp_path / "secret"
        secret.write_text("x" * 40)
        return {
            "PRODUCTION": True,
            "INSTANCE_ID": "spd",
            "PUBLIC_URL": "https://spd.example.org",
            "TRUSTED_HOSTS": ["spd.example.org"],
            "PANDA_USER_NAME": "spdprod",
            "PANDA_URL": "https://panda.example.org:25443",
            "PANDA_TOKEN_FILE": "/run/panda/token",
            "PANDA_TOKEN_URL": "",
            "MAIL_SERVER": "mail.example.org",
            "MAIL_FROM": "SPD <spd@example.org>",
            "SECRET_KEY_FILE": str(secret),
        }

    def test_no_demo_people_are_made(self, app):
        prepare(app)

        with app.app_context():
            assert db.session.scalars(sa.select(User.username)).all() == []
        assert not (Path(app.instance_path) / SIGN_INS).exists()

    def test_demo_people_are_refused(self, app, now):
        with app.app_context(), pytest.raises(Exception, match="refused in production"):
            prepare_demo_people(now)
