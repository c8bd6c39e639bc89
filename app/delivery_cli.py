"""`flask delivery`: what the operator's page says and does, for the shell."""

import getpass
from datetime import UTC, datetime

import click
from flask import current_app
from flask.cli import AppGroup
from flask_babel import force_locale

from app.cli_database import needs_database
from app.messages import pause_words
from app.models import Installation
from app.services import operating
from app.services.installation import find_installation
from app.services.operating import PauseStands
from app.services.queue_list import count_open
from app.services.strays import count_strays, open_strays

delivery = AppGroup("delivery", help="See whether tasks are sent; pause, resume and release.")

# So many sends that are not known are printed.
SHOWN = 50
ALL = 1_000_000


@delivery.command("status")
@needs_database
def status() -> None:
    """Say whether tasks are sent, why not, and what waits."""
    row = _prepared()
    if row.paused_for:
        click.echo(f"Delivery is paused since {row.paused_at}: {_words(row.paused_for)}")
        click.echo(f"  {row.paused_for}: {row.paused_words}")
    else:
        click.echo("Delivery runs.")
    if row.panda_away_since:
        click.echo(f"PanDA is away since {row.panda_away_since}: {row.panda_away_words}")
        click.echo(f"  next try {row.panda_next_try_at}")
    else:
        click.echo(f"Last answer of PanDA: {row.panda_answered_at or 'not yet'}")
    click.echo("Queue: " + ", ".join(f"{state.value} {count}" for state, count in count_open().items()))
    _tell_strays()


@delivery.command("pause")
@click.argument("comment")
@needs_database
def pause(comment: str) -> None:
    """Send nothing until somebody resumes it; COMMENT says why."""
    _prepared()
    if not operating.pause_by_hand(f"{getpass.getuser()} (shell)", comment, datetime.now(UTC)):
        raise click.ClickException("Delivery is paused already, for another reason: see `status`.")
    click.echo("Delivery is paused.")


@delivery.command("resume")
@needs_database
def resume() -> None:
    """Lift a pause, once its cause has been seen to; says what it was."""
    row = _prepared()
    if row.paused_for is None:
        click.echo("Delivery is not paused.")
        return
    words = f"{row.paused_for}: {row.paused_words}"
    try:
        reason = operating.resume(row.paused_for, current_app.config["INSTANCE_ID"], datetime.now(UTC))
    except PauseStands as refusal:
        message = f"Delivery stays paused: {_words(refusal.reason)}"
        raise click.ClickException(message) from None
    click.echo(f"Delivery goes on. It was paused for {words}")
    if operating.comes_again(reason):
        click.echo("If the cause is still there, it pauses again by itself.")


@delivery.command("release")
@click.option("--yes", is_flag=True, help="Do not ask.")
@needs_database
def release(yes: bool) -> None:
    """After a restore: say that the sends which are not known here have been looked at."""
    _prepared()
    # What is found while somebody reads is not released unseen.
    last = _tell_strays(ALL)
    if not yes:
        click.confirm("Is no other copy of this database in use, and have these been looked at?", abort=True)
    released = operating.release(current_app.config["INSTANCE_ID"], datetime.now(UTC), last)
    click.echo(f"Released: {released}. They never pause delivery again.")


def _tell_strays(most: int = SHOWN) -> int:
    """Print the sends that are not known here; return the id of the last one, 0 where there is none."""
    shown, count = open_strays(most), count_strays()
    if shown:
        click.echo(f"Sent from here, but not known here: {count}")
    for stray in shown:
        click.echo(
            f"  {stray.found_at} {stray.found_in} {stray.key} {stray.panda_id or '-'} {stray.name or '-'}"
        )
    if count > len(shown):
        click.echo(f"  … and {count - len(shown)} more: `flask delivery release` lists them all, and asks.")
    return shown[-1].id if shown else 0


def _words(reason: str) -> str:
    with force_locale("en"):
        return pause_words(reason)


def _prepared() -> Installation:
    row = find_installation()
    if row is None:
        raise click.ClickException("The database is not prepared: run `flask prepare`.")
    return row
