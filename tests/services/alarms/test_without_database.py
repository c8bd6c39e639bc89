"""`flask alarm check` while the database or the disk takes nothing, and what it answers."""

import stat
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, event, select, update

from app.alarm_check import check_alarms
from app.alarm_memory import NAME
from app.domain.alarm import AlarmKind
from app.extensions import db
from app.models import Alarm, ScheduledWork
from tests.services.alarms.watch import Watch, without_database

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("database_kind", ["postgresql"])  # SQLite lets one write at a time
def test_an_alarm_that_another_check_writes_down_just_now_is_no_failure(
    watch: Watch, app: Flask, at_once: Callable
):
    watch.wait(minutes=5)
    now = watch.now()
    with app.app_context():
        engine = db.engine
    others: list[Any] = []

    def check_first(_connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO alarm") and not others:
            others.append(None)
            others.extend(at_once(lambda: check_alarms(now)))

    event.listen(engine, "before_cursor_execute", check_first)
    with app.app_context():
        checked = check_alarms(now)
    event.remove(engine, "before_cursor_execute", check_first)

    assert [each.exit_code for each in (checked, others[1])] == [1, 1]
    assert len(watch.mails()) == 1


# --- the database is what is away


def test_a_database_that_is_away_is_told_once_and_its_return_too(
    watch: Watch, app: Flask, make_user: Callable
):
    admin = make_user("admin")
    watch.check()

    with without_database(app):
        away = [watch.check() for _ in range(3)]
    back = [watch.check().exit_code for _ in range(2)]

    assert [each.exit_code for each in away] == [2, 2, 2]
    assert [finding.kind for finding in away[0].findings] == [AlarmKind.DATABASE]
    assert back == [0, 0]
    assert watch.mails(admin.email) == [
        "[spd-demo] Alarm: The database does not answer",
        "[spd-demo] Over: The database does not answer",
    ]


def test_a_database_that_takes_nothing_is_told(watch: Watch, app: Flask):
    watch.wait(minutes=5)

    with without_database(app, "INSERT INTO alarm"):
        codes = [watch.check().exit_code for _ in range(2)]

    assert codes == [2, 2]
    assert watch.mails() == ["[spd-demo] Alarm: The database does not answer"]


@on_sqlite
def test_a_disk_that_takes_nothing_is_told_now_and_then(watch: Watch, app: Flask):
    watch.check()
    folder = app.config["INSTANCE"]
    app.config["INSTANCE"] = f"{folder}/nowhere"
    watch.ahead += timedelta(minutes=30) - timedelta(minutes=watch.now().minute % 30)

    with without_database(app):
        for _ in range(31):
            watch.check()
            watch.wait(minutes=1)

    assert len(watch.mails()) == 2


@on_sqlite
def test_who_is_told_is_kept_for_nobody_else_to_read(watch: Watch, make_user: Callable, tmp_path):
    make_user("admin")
    watch.check()

    assert stat.S_IMODE((tmp_path / "instance" / NAME).stat().st_mode) == 0o600


def test_the_command_says_it_and_answers_with_the_code(watch: Watch, app: Flask):
    quiet = app.test_cli_runner().invoke(args=["alarm", "check"])
    watch.change(update(ScheduledWork).values(last_good_at=watch.now() - 7 * MINUTE))

    loud = app.test_cli_runner().invoke(args=["alarm", "check"])

    assert (quiet.exit_code, quiet.output) == (0, "All is well.\n")
    assert (loud.exit_code, loud.output) == (1, "no-beat: Sending of tasks: it last did well 7 min ago.\n")


def test_what_is_on_stands_in_a_table(watch: Watch, app: Flask):
    watch.wait(minutes=5)
    watch.check()

    with app.app_context():
        [row] = db.session.scalars(select(Alarm))
        assert (row.kind, row.words) == ("no-beat", "Sending of tasks: it last did well 5 min ago.")
        assert row.mailed_at is not None
