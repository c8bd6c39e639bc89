"""Commands for administrators: `flask prepare`, `set-role`, `delivery`, `admin`, `alarm`."""

import os
from datetime import UTC, datetime
from pathlib import Path

import click
import flask_migrate
from flask import Flask, current_app
from flask.cli import with_appcontext

from app.admin_cli import admin
from app.alarm_cli import alarm
from app.cli_database import needs_database
from app.delivery_cli import delivery
from app.domain.permission import Role
from app.domain.sign_in import Visitor
from app.extensions import write_unit
from app.services.accounts import find_by_name
from app.services.demo_people import make_demo_people
from app.services.installation import create_installation, find_installation
from app.services.roles import LastAdmin, give_role
from app.services.second_factor import remove_second_factor

MIGRATIONS = Path(__file__).parent.parent / "migrations"
SIGN_INS = "demo-sign-ins.txt"


def configure(app: Flask) -> None:
    """Add our commands to `flask`."""
    for command in (prepare, change_role, take_second_factor, admin, alarm, delivery):
        app.cli.add_command(command)


@click.command("prepare")
@with_appcontext
def prepare() -> None:
    """Bring the database to the newest version and make what the service needs; safe to repeat."""
    Path(current_app.instance_path).mkdir(mode=0o700, parents=True, exist_ok=True)
    migrate_to_head()
    create_installation(current_app.config["INSTANCE_ID"])
    _say_whose_database()
    if current_app.config["PRODUCTION"]:
        click.echo(f"The service in {current_app.instance_path} is ready.")
        return
    click.echo(f"This is a demo in {current_app.instance_path}: no config.py there says PRODUCTION = True.")
    for username, password in prepare_demo_people(datetime.now(UTC)).items():
        click.echo(f"  {username:10} {password}")


@click.command("set-role")
@click.argument("username")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@with_appcontext
@needs_database
def change_role(username: str, role: str) -> None:
    """Give a person another role; it counts from their next click."""
    try:
        is_known = give_role(username, Role(role), datetime.now(UTC))
    except LastAdmin as error:
        message = f"{username} is the last active administrator: give somebody else that role first."
        raise click.ClickException(message) from error
    if not is_known:
        message = f"There is no account with the username {username!r}."
        raise click.ClickException(message)
    click.echo(f"{username} is now: {role}")


@click.command("remove-second-factor")
@click.argument("username")
@with_appcontext
@needs_database
def take_second_factor(username: str) -> None:
    """Take away the second factor of somebody who lost telephone and recovery codes."""
    user, here = find_by_name(username), Visitor(browser="flask remove-second-factor")
    if user is None:
        message = f"There is no account with the username {username!r}."
        raise click.ClickException(message)
    with write_unit() as session:
        was_there = remove_second_factor(session, user, None, here, datetime.now(UTC))
    click.echo(f"{username} signs in with the password alone now." if was_there else "There was none.")


def migrate_to_head() -> None:
    """Run the migrations that the database has not seen."""
    flask_migrate.upgrade(directory=str(MIGRATIONS))


def prepare_demo_people(now: datetime) -> dict[str, str]:
    """Make the demo people and keep their sign-ins in a file of the instance folder; return them.

    Raise click.ClickException in production: everybody who reads the file could sign in as an admin.
    """
    if current_app.config["PRODUCTION"]:
        raise click.ClickException("Demo people are refused in production.")
    path = Path(current_app.instance_path) / SIGN_INS
    known = _read_sign_ins(path)
    people = make_demo_people(known, now)
    if people != known:
        _write_sign_ins(path, people)
    return people


def _read_sign_ins(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    pairs = (line.split() for line in path.read_text().splitlines())
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def _write_sign_ins(path: Path, people: dict[str, str]) -> None:
    # Readable by nobody else from its first byte on.
    with os.fdopen(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
        file.writelines(f"{username} {password}\n" for username, password in people.items())


def _say_whose_database() -> None:
    found = find_installation()
    wanted = current_app.config["INSTANCE_ID"]
    if found is not None and found.instance_id != wanted:
        click.echo(
            f"This database belongs to the installation {found.instance_id!r}, the settings say {wanted!r}:"
            " nothing will be sent to PanDA.",
            err=True,
        )
