"""The operator's page: state, queue, and the buttons that pause, resume and release."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.models import Installation, PandaCommand, StraySend
from app.services import installation, strays
from tests.views.conftest import HTMX
from tests.views.reading import read

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def manager(app: Flask, sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    with app.app_context():
        installation.create_installation(app.config["INSTANCE_ID"])
    return sign_in("manager")


@pytest.fixture
def pause(app: Flask, now: datetime) -> Callable[[str], None]:
    """pause(reason): have delivery paused."""

    def do(reason: str) -> None:
        with app.app_context():
            installation.pause_delivery(reason, "words of then", now)

    return do


@pytest.fixture
def stray(app: Flask, now: datetime) -> Callable[[str], None]:
    """stray(key): have a send found that is not known here."""

    def do(key: str) -> None:
        with app.app_context():
            strays.note_stray_at_panda(key, 4711, "a.name", now)

    return do


@pytest.fixture
def reason(ask) -> Callable[[], str | None]:
    """reason() → why delivery is paused."""
    return lambda: ask(select(Installation.paused_for))[0]


def words_of(browser: FlaskClient) -> str:
    return " ".join(read(browser.get("/delivery")).one(id="delivery-state").text.split())


def test_it_says_that_delivery_runs_and_that_panda_answers(manager, alter):
    alter(update(Installation).values(panda_answered_at=datetime.now(UTC)))

    words = words_of(manager)

    assert "Delivery runs" in words
    assert "PanDA server answers" in words


def test_it_says_since_when_panda_is_away_and_when_it_is_tried_next(app, manager, now):
    with app.app_context():
        installation.note_panda_away("PanDA could not be reached.", now + timedelta(seconds=60), now)
        installation.note_panda_away("Refused.", now + timedelta(minutes=2), now + timedelta(minutes=1))

    words = words_of(manager)

    assert "not reachable since" in words
    assert "the next try:" in words
    assert "Refused." in words
    with app.app_context():
        row = installation.find_installation()
        assert (row.panda_away_since, row.panda_next_try_at) == (now, now + timedelta(minutes=2))


def test_a_manager_pauses_delivery_with_a_comment_that_everybody_sees(manager, sign_in, reason):
    answer = manager.post("/delivery/pause", data={"comment": "the site is being moved"})

    assert answer.location == "/delivery"
    assert reason() == "by_hand"
    assert "the site is being moved" in words_of(manager)
    assert manager.user.username in words_of(manager)
    assert "A manager paused it." in sign_in("viewer").get("/tasks").text


@on_sqlite
def test_a_pause_without_a_comment_is_refused(manager, reason):
    answer = manager.post("/delivery/pause", data={"comment": " "})

    assert (answer.status_code, reason()) == (422, None)
    assert "Say why" in answer.text


def test_a_pause_by_hand_replaces_one_that_would_pass_but_no_other(manager, pause, reason):
    pause("access")
    manager.post("/delivery/pause", data={"comment": "first"})
    first = reason()
    manager.post("/delivery/pause", data={"comment": "second"})

    assert first == "by_hand"
    assert "first" in words_of(manager)


@pytest.mark.parametrize("why", ["by_hand", "read_back", "found_twice", "access", "server", "unanswered"])
def test_a_manager_resumes_delivery(manager, pause, reason, why):
    pause(why)

    answer = manager.post("/delivery/resume", data={"seen": why}, follow_redirects=True)

    assert reason() is None
    assert "Delivery goes on." in answer.text
    assert ("pauses again by itself" in answer.text) == (why not in {"by_hand", "found_twice"})


@pytest.mark.parametrize("seen", ["by_hand", "", "nonsense"])
@on_sqlite
def test_only_the_pause_that_was_seen_is_lifted(manager, pause, reason, seen):
    pause("read_back")

    answer = manager.post("/delivery/resume", data={"seen": seen}, follow_redirects=True)

    assert reason() == "read_back"
    assert "Something changed meanwhile" in answer.text


@pytest.mark.parametrize("why", ["restored", "copied"])
def test_a_restored_database_is_not_resumed_but_released(manager, pause, stray, reason, why):
    stray("a")
    pause(why)
    before = reason()

    answer = manager.post("/delivery/resume", data={"seen": before}, follow_redirects=True)

    assert reason() == before
    assert "Delivery stays paused" in answer.text
    assert "Resume delivery" not in answer.text


def test_a_pause_that_stood_behind_another_takes_its_place(manager, pause, stray, reason):
    pause("by_hand")
    stray("a")

    answer = manager.post("/delivery/resume", data={"seen": "by_hand"}, follow_redirects=True)

    assert reason() == "restored"
    assert "Delivery stays paused" in answer.text


@on_sqlite
def test_a_database_of_another_installation_stays_paused(app, manager, pause, reason):
    pause("foreign_database")
    app.config["INSTANCE_ID"] = "another"

    answer = manager.post("/delivery/resume", data={"seen": "foreign_database"}, follow_redirects=True)

    assert reason() == "foreign_database"
    assert "Delivery stays paused" in answer.text


def test_a_manager_releases_what_was_shown_and_no_more(manager, stray, reason, ask):
    stray("a")
    page = read(manager.get("/delivery"))
    seen = page.one(id="delivery-strays").text
    (first,) = ask(select(StraySend.id))
    stray("b")

    manager.post("/delivery/release", data={"seen": str(first)})
    between = reason()
    manager.post("/delivery/release", data={"seen": str(first + 1)})

    assert "4711" in seen
    assert "a.name" in seen
    assert (between, reason()) == ("restored", None)
    assert all(ask(select(StraySend.released_at)))


def test_a_release_lifts_no_other_pause(manager, pause, stray, reason, ask):
    pause("by_hand")
    stray("a")

    manager.post("/delivery/release", data={"seen": "1"})

    assert reason() == "by_hand"
    assert all(ask(select(StraySend.released_at)))


def test_the_queue_shows_what_waits_and_why(manager, make_task, alter):
    task = make_task("queued")
    alter(update(PandaCommand).values(waits_for="PanDA could not be reached."))

    page = read(manager.get("/delivery"))

    row = page.one("tr", id="command-1").text
    assert "PanDA could not be reached." in row
    assert "submit" in row
    assert f"/tasks/{task.id}" in manager.get("/delivery").text
    assert "Waiting to be sent: 1" in page.one(id="delivery-queue").text


@on_sqlite
def test_what_all_wait_for_is_said_in_each_row(manager, make_task, pause):
    make_task("queued")
    turn = "its turn" in read(manager.get("/delivery")).one("tr", id="command-1").text
    pause("by_hand")

    row = read(manager.get("/delivery")).one("tr", id="command-1").text

    assert turn
    assert "delivery is paused" in row


@pytest.mark.parametrize("state", ["sending", "unknown", "held"])
@on_sqlite
def test_the_queue_is_filtered_by_state(manager, make_task, state):
    make_task("queued")
    make_task(state)

    page = read(manager.get(f"/delivery?state={state}"))

    assert page.has("tr", id="command-2")
    assert not page.has("tr", id="command-1")


@on_sqlite
def test_the_queue_has_pages(app, manager, make_task):
    app.config["LIST_PAGE_SIZE"] = 2
    for _ in range(3):
        make_task("queued")

    pages = [read(manager.get(f"/delivery?page={number}")) for number in (1, 2)]

    assert [page.has("tr", id="command-3") for page in pages] == [False, True]
    assert manager.get("/delivery?state=nonsense&page=x").status_code == 200


@on_sqlite
def test_a_poll_that_finds_nothing_new_gets_an_empty_answer(manager, make_task):
    make_task("queued")
    address = read(manager.get("/delivery")).one(id="delivery-board").attributes["hx-get"]

    same = manager.get(address, headers=HTMX)
    make_task("queued")
    other = manager.get(address, headers=HTMX)

    assert (same.status_code, same.text) == (204, "")
    assert other.status_code == 200
    assert "<html" not in other.text


@on_sqlite
def test_before_the_database_is_prepared_nothing_can_be_done(sign_in):
    browser = sign_in("manager")

    answers = [
        browser.post(f"/delivery/{what}", data={"comment": "x", "seen": "1"}, follow_redirects=True)
        for what in ("pause", "resume", "release")
    ]

    assert all("Nothing was done." in answer.text for answer in answers)
    assert "flask prepare" in browser.get("/delivery").text


@pytest.mark.parametrize("why", ["by_hand", "restored", "copied", "unanswered"])
@on_sqlite
def test_the_page_is_in_russian(manager, pause, stray, why):
    stray("a")
    pause(why)
    manager.environ_base["HTTP_ACCEPT_LANGUAGE"] = "ru"

    text = manager.get("/delivery").text

    assert "Отправлено отсюда, но здесь неизвестно" in text
    assert "Ждут отправки" in text
