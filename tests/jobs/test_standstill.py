"""Scheduled work that dies, freezes or fails shows on the page within 90 s, whichever piece it is."""

import signal
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

import config as delivered
from app.services.heartbeat import Heartbeat, expect_work, note_success, read_heartbeat
from jobs.run import LONG_REST_SECONDS, run_until_idle
from jobs.schedule import work_list
from jobs.worker import Work, Worker
from tests.databases import close_database
from tests.jobs.bench import Bench
from tests.jobs.program import JobsProgram, wait_until
from tests.views.conftest import HTMX
from tests.views.reading import read

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
WORKS = work_list({name: getattr(delivered, name) for name in dir(delivered) if name.isupper()})
# An open page asks again this often, seconds.
POLL_SECONDS = 10
SHOWN_WITHIN = timedelta(seconds=90 - POLL_SECONDS)


def beat_after(bench: Bench, wait: timedelta, worried_about: str) -> Heartbeat:
    """Return what a page shows so much later, with all other work having done well just before."""
    later = bench.now() + wait
    with bench.app.app_context():
        for work in WORKS:
            if work.name != worried_about:
                note_success(work.name, work.every_seconds, later - timedelta(seconds=1))
        return read_heartbeat(later, delivered.HEARTBEAT_AMBER_SECONDS, delivered.HEARTBEAT_RED_SECONDS)


def run(bench: Bench, work: Work, step: Callable[[], bool]) -> None:
    """Do a run of this work with another step in it."""

    def do(_worker: Worker, _now: object) -> bool:
        return step()

    run_until_idle(bench.app, Work(work.name, work.every_seconds, do), bench.worker(do), threading.Event())


@pytest.fixture
def freeze(bench: Bench) -> Iterator[Callable[[Work], None]]:
    """freeze(work): begin a run of it that never ends, until the test is over."""
    thaw, threads = threading.Event(), []

    def begin(work: Work) -> None:
        is_frozen = threading.Event()
        step = lambda: bool(is_frozen.set() or (thaw.wait() and False))  # noqa: E731
        threads.append(threading.Thread(target=run, args=(bench, work, step)))
        threads[-1].start()
        assert is_frozen.wait(10)

    yield begin
    thaw.set()
    for thread in threads:
        thread.join()


@on_sqlite
@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_work_that_does_well_is_not_shown(bench: Bench, work: Work):
    run(bench, work, lambda: False)

    assert beat_after(bench, timedelta(seconds=1), work.name).level == "ok"


@on_sqlite
@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_work_that_fails_is_shown_at_once(bench: Bench, work: Work):
    def fail() -> bool:
        raise ZeroDivisionError("oh")

    run(bench, work, lambda: False)
    run(bench, work, fail)

    beat = beat_after(bench, timedelta(seconds=1), work.name)
    assert (beat.level, beat.worst, beat.worst_error) == ("amber", work.name, "ZeroDivisionError: oh")


@on_sqlite
@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_work_that_freezes_is_shown_in_time(bench: Bench, freeze: Callable[[Work], None], work: Work):
    run(bench, work, lambda: False)

    freeze(work)

    beat = beat_after(bench, SHOWN_WITHIN + timedelta(seconds=1), work.name)
    assert (beat.level, beat.worst, beat.is_late) == ("amber", work.name, True)


@on_sqlite
@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_work_that_freezes_in_its_first_run_is_shown_in_time(
    bench: Bench, freeze: Callable[[Work], None], work: Work
):
    with bench.app.app_context():
        expect_work({each.name: each.every_seconds for each in WORKS}, bench.now())

    freeze(work)

    at_first = beat_after(bench, timedelta(seconds=1), work.name)
    beat = beat_after(bench, SHOWN_WITHIN, work.name)
    assert (at_first.level, beat.level, beat.worst) == ("ok", "amber", work.name)


@on_sqlite
def test_a_run_that_goes_on_for_long_is_watched_anew_after_each_success(bench: Bench):
    seen: list[Heartbeat] = []

    def step() -> bool:
        bench.wait(seconds=6)
        seen.append(beat_after(bench, timedelta(seconds=30), "rare"))
        return len(seen) < 3

    run(bench, Work("rare", LONG_REST_SECONDS + 1, lambda _worker, _now: False), step)

    assert [beat.worst for beat in seen] == ["rare"] * 3
    assert beat_after(bench, timedelta(seconds=30), "rare").level == "ok"


def test_work_of_another_version_is_forgotten(bench: Bench):
    with bench.app.app_context():
        note_success("of before", 1, bench.now() - timedelta(days=1))
        expect_work({"deliver": 2}, bench.now())

        beat = read_heartbeat(bench.now(), 20, 90)

    assert (beat.level, beat.worst) == ("ok", "deliver")


# --- the program as a whole, with limits as short as a test needs them


QUICK = {
    "SPD_DELIVER_EVERY_SECONDS": "1",
    "SPD_RECONCILE_EVERY_SECONDS": "1",
    "SPD_REFRESH_EVERY_SECONDS": "1",
    "SPD_MAIL_EVERY_SECONDS": "1",
}


@pytest.fixture
def quick_app(bench: Bench) -> Flask:
    """The pages, with limits that are over soon; access, verify and refresh_asked rest for 3 to 5 s."""
    bench.app.config.update(HEARTBEAT_AMBER_SECONDS=1, HEARTBEAT_RED_SECONDS=2)
    return bench.app


@pytest.fixture
def program(bench: Bench, database_url: str, tmp_path) -> Iterator[JobsProgram]:
    close_database(bench.app)  # a connection must not live on in two processes
    settings = {
        "SPD_INSTANCE": str(tmp_path / "instance"),
        "SPD_DATABASE_URL": database_url,
        "SPD_PANDA_URL": bench.app.config["PANDA_URL"],
        "SPD_PANDA_TOKEN_FILE": bench.app.config["PANDA_TOKEN_FILE"],
    }
    program = JobsProgram(settings | QUICK, tmp_path / "program.log")
    yield program
    if program.code is None:
        program.send(signal.SIGCONT)
    program.kill()


def shown(browser: FlaskClient) -> str:
    line = read(browser.get("/heartbeat", headers=HTMX)).one(id="heartbeat")
    return line.attributes["class"].removeprefix("heartbeat heartbeat-")


def wait_for_level(browser: FlaskClient, *levels: str) -> float:
    return wait_until(lambda: shown(browser) in levels, lambda: browser.get("/heartbeat").text)


def test_a_killed_program_is_shown(
    quick_app: Flask, program: JobsProgram, sign_in: Callable[..., FlaskClient]
):
    browser = sign_in("viewer")
    wait_for_level(browser, "ok")

    program.kill()

    assert wait_for_level(browser, "red") < 10
    assert "it is late" in read(browser.get("/tasks")).one(id="heartbeat").text


@on_sqlite
def test_a_frozen_program_is_shown_and_its_recovery_too(
    quick_app: Flask, program: JobsProgram, sign_in: Callable[..., FlaskClient]
):
    browser = sign_in("viewer")
    wait_for_level(browser, "ok")

    program.send(signal.SIGSTOP)
    seconds = wait_for_level(browser, "red")
    program.send(signal.SIGCONT)

    assert seconds < 10
    wait_for_level(browser, "ok")
