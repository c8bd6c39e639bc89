"""The line under the bar: does the scheduled work beat, does PanDA answer, what waits."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, update

from app.models import Installation, ScheduledWork
from app.services.heartbeat import note_failure, note_success
from app.services.installation import create_installation
from tests.views.conftest import HTMX
from tests.views.reading import read

SECOND = timedelta(seconds=1)


@pytest.fixture
def beat(app):
    """beat(name, good=…, bad=…): what a piece of work every 10 s wrote so many seconds ago."""

    def note(name="deliver", good=None, bad=None):
        now = datetime.now(UTC)
        with app.app_context():
            if bad is not None:
                note_failure(name, 10, "PandaUnavailable: <refused>", now - bad * SECOND)
            if good is not None:
                note_success(name, 10, now - good * SECOND)

    return note


def shown(browser):
    """Return the level and the words of the line."""
    line = read(browser.get("/heartbeat", headers=HTMX)).one(id="heartbeat")
    return line.attributes["class"].removeprefix("heartbeat heartbeat-"), line.text


def test_nothing_has_run_yet(sign_in):
    level, words = shown(sign_in("viewer"))

    assert level == "red"
    assert "The scheduled work has never run" in words
    assert "Last answer of PanDA: not yet" in words


@pytest.mark.parametrize(
    ("work", "level", "words"),
    [
        ([("deliver", 5, None), ("refresh", 9, None)], "ok", ""),
        ([("deliver", 5, None), ("refresh", 45, None)], "amber", "Refresh of states: it is late"),
        ([("deliver", 45, None), ("refresh", 5, None)], "amber", "Sending of tasks: it is late"),
        ([("deliver", 5, None), ("refresh", 120, None)], "red", "Refresh of states: it is late"),
        (
            [("deliver", 5, None), ("refresh", 9, 1)],
            "amber",
            "Refresh of states: it fails. PandaUnavailable: <refused>",
        ),
        (
            [("deliver", 9, None), ("refresh", 5, 1)],
            "amber",
            "Refresh of states: it fails. PandaUnavailable: <refused>",
        ),
        ([("deliver", 5, None), ("refresh", 200, 1)], "red", "Refresh of states: it fails"),
        ([("deliver", 5, None), ("refresh", 3, 20)], "ok", ""),
        ([("deliver", None, 3)], "red", "Sending of tasks: it fails"),
        ([("deliver", -600, None)], "red", "Sending of tasks: it is late"),
    ],
)
def test_the_worst_piece_of_work_counts(sign_in, beat, work, level, words):
    for name, good, bad in work:
        beat(name, good, bad)

    found, text = shown(sign_in("viewer"))

    assert found == level
    assert words in text
    assert ("is late" in text, "fails" in text) == ("is late" in words, "fails" in words)


def test_what_waits_is_counted(sign_in, beat, make_task):
    beat(good=1)
    for state in ("draft", "queued", "queued", "submitted", "withdrawn", "rejected"):
        make_task(state)

    level, words = shown(sign_in("viewer"))

    assert level == "ok"
    assert "Waiting to be sent: 2" in words
    assert "Oldest of them: " in words
    assert "Undecided: 0" in words


@pytest.mark.parametrize("state", ["unknown", "held"])
def test_a_lost_answer_is_said(sign_in, beat, make_task, state):
    beat(good=1)
    make_task(state)

    level, words = shown(sign_in("viewer"))

    assert level == "amber"
    assert "Undecided: 1" in words
    assert "The answer to some sent tasks was lost" in words


def test_work_that_is_late_is_said_beside_a_lost_answer(sign_in, beat, make_task):
    beat(good=60)
    make_task("unknown")

    assert "Sending of tasks: it is late" in shown(sign_in("viewer"))[1]


PAUSES = {
    "access": "PanDA does not accept our credentials.",
    "read_back": "PanDA stored other parameters than we sent.",
    "found_twice": "PanDA has one of our tasks twice.",
    "foreign_database": "This database belongs to another installation",
    "server": "The PanDA server does not know the methods we need",
    "unanswered": "PanDA took one task after the other and answered none.",
    "restored": "Tasks were sent from here that this database does not know: it was restored or copied.",
    "copied": "The journal of sends is missing",
    "by_hand": "A manager paused it. A manager can resume it.",
    "a reason of later": "a reason of later",
}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_pause_is_red_with_its_reason(app, sign_in, beat, alter):
    beat(good=1)
    with app.app_context():
        create_installation("spd-demo")
    browser = sign_in("viewer")

    for reason, words in PAUSES.items():
        alter(update(Installation).values(paused_for=reason, panda_answered_at=datetime.now(UTC)))
        level, text = shown(browser)

        assert level == "red"
        assert f"Sending is paused: {words}" in text
        assert "Last answer of PanDA: not yet" not in text


def test_every_page_has_the_line_and_no_other_piece(sign_in, beat, alter):
    browser = sign_in("manager")
    alter(insert(ScheduledWork).values(name="deliver", every_seconds=10))

    for path in ("/tasks", "/tasks/new", "/calls"):
        assert read(browser.get(path)).has(id="heartbeat")
    assert not read(browser.get("/tasks", headers=HTMX)).has(id="heartbeat")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_line_is_asked_for_again_by_the_page(sign_in):
    line = read(sign_in().get("/tasks")).one(id="heartbeat")

    assert line.attributes["hx-get"] == "/heartbeat"
    assert line.attributes["hx-trigger"] == "every 10s"
