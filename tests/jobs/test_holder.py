"""One holder of the scheduled work at a time."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from app.extensions import db
from app.services.holding import begin_epoch, is_held_in
from jobs.holder import AdvisoryLock, FileLock, Lock, lock_for


@pytest.fixture
def new_lock(app: Flask, tmp_path: Path) -> Iterator[Callable[[], Lock]]:
    """new_lock() → the lock of another process on the same database."""
    made = []

    def make() -> Lock:
        with app.app_context():
            made.append(lock_for(db.engine, tmp_path))
        return made[-1]

    yield make
    for lock in made:
        lock.release()


def test_the_lock_fits_the_database(new_lock: Callable[[], Lock], database_kind: str):
    kinds = {"sqlite": FileLock, "postgresql": AdvisoryLock}

    assert type(new_lock()) is kinds[database_kind]


def test_one_of_two_takes_the_lock(new_lock: Callable[[], Lock]):
    first, second = new_lock(), new_lock()

    assert (first.try_take(), second.try_take()) == (True, False)
    assert (first.is_held(), second.is_held()) == (True, False)


def test_a_lock_that_was_given_back_is_taken_by_the_next(new_lock: Callable[[], Lock]):
    first, second = new_lock(), new_lock()
    first.try_take()
    first.release()

    assert (second.try_take(), first.is_held()) == (True, False)


@pytest.mark.own_app  # a connection of the pool must not live on in the child
def test_a_lock_ends_with_its_process(new_lock: Callable[[], Lock]):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, b"y" if new_lock().try_take() else b"n")
        signal.pause()
    taken, lock = os.read(reading, 1), new_lock()
    while_it_lives = lock.try_take()

    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

    assert (taken, while_it_lives) == (b"y", False)
    assert take_soon(lock)
    os.close(reading)
    os.close(writing)


def take_soon(lock: Lock) -> bool:
    """Try for a while: PostgreSQL notices the end of a process a moment later."""
    deadline = time.monotonic() + 5
    while not lock.try_take():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_two_instances_on_one_database_share_the_lock(database_url: str, tmp_path: Path):
    engine = create_engine(database_url)
    locks = [lock_for(engine, tmp_path / name) for name in ("one", "two")]

    taken = [lock.try_take() for lock in locks]

    locks[0].release()
    engine.dispose()
    assert taken == [True, False]


def test_two_databases_in_one_folder_have_a_lock_each(tmp_path: Path):
    locks = [lock_for(create_engine(f"sqlite:///{tmp_path}/{name}"), tmp_path) for name in ("a", "b")]

    taken = [lock.try_take() for lock in locks]

    for lock in locks:
        lock.release()
    assert taken == [True, True]


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_lock_whose_connection_is_lost_is_lost_for_good(app: Flask, new_lock: Callable[[], Lock]):
    lock, other = new_lock(), new_lock()
    lock.try_take()
    with app.app_context():
        others = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        db.session.execute(text(others))
        db.session.commit()

    assert (lock.is_held(), lock.is_held()) == (False, False)
    assert other.try_take()


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_trying_in_vain_uses_up_no_connections(app: Flask, new_lock: Callable[[], Lock]):
    new_lock().try_take()
    waiting = new_lock()

    for _ in range(50):
        waiting.try_take()

    with app.app_context():
        assert db.engine.pool.checkedout() == 1


def test_each_holder_begins_an_epoch_of_its_own(app_context: Flask):
    now = datetime.now(UTC)

    first, second = begin_epoch("one", now), begin_epoch("two", now)

    assert second == first + 1
    assert (is_held_in(first), is_held_in(second)) == (False, True)


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_postgresql_ends_what_a_frozen_process_has_begun(app: Flask):
    """Its locks would keep the next holder from taking over; the fault campaign has seen that."""
    with app.app_context(), db.engine.connect() as connection:
        limit = connection.scalar(text("SHOW idle_in_transaction_session_timeout"))

    assert limit == "10s"
