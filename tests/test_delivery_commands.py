"""`flask delivery`: status, pause, resume and release in the shell."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from click.testing import Result
from flask import Flask

from app.services import installation, strays

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def say(app: Flask) -> Callable[..., Result]:
    """say("status") → what `flask delivery status` did; the database is prepared."""
    with app.app_context():
        installation.create_installation(app.config["INSTANCE_ID"])
    return lambda *words, **more: app.test_cli_runner().invoke(args=["delivery", *words], **more)


@pytest.fixture
def paused_for(app: Flask) -> Callable[[], str | None]:
    """paused_for() → why delivery is paused."""

    def read() -> str | None:
        with app.app_context():
            return installation.find_installation().paused_for

    return read


def test_the_status_says_that_all_is_well_and_what_waits(say, make_task):
    make_task("queued")

    output = say("status").output

    assert "Delivery runs." in output
    assert "ready 1" in output
    assert "Last answer of PanDA: not yet" in output


def test_the_status_says_why_nothing_is_sent(app, say, now: datetime):
    with app.app_context():
        installation.pause_delivery(installation.READ_BACK, "task 7 differs", now)
        installation.note_panda_away("PanDA could not be reached.", now + timedelta(seconds=60), now)
        strays.note_stray_at_panda("a key", 4711, "a.name", now)

    output = say("status").output

    assert "PanDA stored other parameters than we sent." in output
    assert "task 7 differs" in output
    assert "PanDA is away since" in output
    assert "a key 4711 a.name" in output


def test_a_pause_by_hand_lasts_until_it_is_resumed(say, paused_for):
    first = say("pause", "the site is being moved")
    paused = paused_for()
    again = say("pause", "once more")
    resumed = say("resume")

    assert (first.exit_code, paused, again.exit_code) == (0, "by_hand", 1)
    assert "the site is being moved" in resumed.output
    assert paused_for() is None
    assert "not paused" in say("resume").output


def test_a_pause_is_lifted_and_told(app, say, paused_for, now: datetime):
    with app.app_context():
        installation.pause_delivery(installation.READ_BACK, "task 7 differs", now)

    output = say("resume").output

    assert "task 7 differs" in output
    assert "pauses again by itself" in output
    assert paused_for() is None


def test_a_restored_database_is_released_and_not_resumed(app, say, paused_for, now: datetime):
    with app.app_context():
        strays.note_stray_at_panda("a key", 4711, "a.name", now)
    refused = say("resume")
    stopped = say("release", input="n\n")
    before = paused_for()

    released = say("release", input="y\n")

    assert (refused.exit_code, stopped.exit_code, before) == (1, 1, "restored")
    assert "release delivery" in refused.output
    assert "a key 4711 a.name" in released.output
    assert "Released: 1" in released.output
    assert paused_for() is None
    assert "Released: 0" in say("release", "--yes").output


def test_none_is_released_that_was_not_shown(app, say, paused_for, now: datetime):
    with app.app_context():
        for number in range(53):
            strays.note_stray_at_panda(f"key {number}", 4000 + number, f"name {number}", now)

    status, released = say("status").output, say("release", input="y\n").output

    assert "Sent from here, but not known here: 53" in status
    assert "… and 3 more" in status
    assert "key 50 4050" not in status
    assert "key 52 4052 name 52" in released
    assert "Released: 53" in released
    assert paused_for() is None


@pytest.mark.parametrize("words", [("status",), ("pause", "x"), ("resume",), ("release", "--yes")])
@on_sqlite
def test_before_the_database_is_prepared_nothing_can_be_done(app: Flask, words):
    said = app.test_cli_runner().invoke(args=["delivery", *words])

    assert said.exit_code == 1
    assert "flask prepare" in said.output
