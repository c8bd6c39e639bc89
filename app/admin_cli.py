"""`flask admin`: what only somebody at the shell may do."""

import re
import secrets
from datetime import UTC, datetime, timedelta

import click
from flask import current_app
from flask.cli import AppGroup
from flask_babel import force_locale

from app.cli_database import needs_database
from app.domain.account import EMAIL, USERNAME
from app.domain.permission import Role
from app.mail_texts import link_address
from app.problem_words import problem_text
from app.services.accounts import NewAccount, make_account_with_link
from app.services.links import Purpose
from app.services.problems import Invalid

admin = AppGroup("admin", help="Look after the administrators.")


@admin.command("create")
@click.argument("username")
@click.argument("email")
@click.option("--first-name", default="", help="First name.")
@click.option("--last-name", default="", help="Last name.")
@needs_database
def create(username: str, email: str, first_name: str, last_name: str) -> None:
    """Make an administrator and print the link with which the first password is set.

    Whoever has the link is the administrator: hand it over in secret.
    """
    if not re.fullmatch(USERNAME, username) or not re.fullmatch(EMAIL, email, re.ASCII):
        raise click.ClickException("Write a username of small Latin letters and an e-mail address.")
    # Nobody knows this password; with it the address is taken, and signing in takes as long as for others.
    account = NewAccount(username, first_name, last_name, email, secrets.token_urlsafe(32))
    hours = current_app.config["CONFIRM_LINK_HOURS"]
    try:
        token = make_account_with_link(account, Role.ADMIN, timedelta(hours=hours), datetime.now(UTC))
    except Invalid as error:
        with force_locale("en"):
            words = " ".join(map(problem_text, error.problems))
        raise click.ClickException(words) from None
    click.echo(f"{username} is an administrator. Set the password here, once, within {hours} h")
    click.echo("(the link begins with PUBLIC_URL; if the service answers elsewhere, change that part):")
    click.echo(link_address(Purpose.RESET, token))
