"""`flask alarm`: run by a timer of its own, and by whoever wants to know."""

import sys
from datetime import UTC, datetime

import click
from flask.cli import AppGroup
from flask_babel import force_locale

from app.alarm_check import check_alarms
from app.alarm_words import alarm_sentence

alarm = AppGroup("alarm", help="Watch over the service from outside of it.")


@alarm.command("check")
def check() -> None:
    """Look whether an alarm is on, mail the administrators what is new, and say it here.

    Exit code 0: all is well; 1: an alarm is on; 2: the database does not answer, or no mail could be sent.
    """
    checked = check_alarms(datetime.now(UTC))
    with force_locale("en"):
        lines = [f"{finding.kind.value}: {alarm_sentence(finding)}" for finding in checked.findings]
    click.echo("\n".join(lines) or "All is well.")
    sys.exit(checked.exit_code)
