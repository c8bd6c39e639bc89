"""Two things at once, in every order their SQL statements allow."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event

from app.extensions import db

# How long the one waits for the other at the meeting point: it may be blocked by a lock of the one, seconds.
COURTESY_SECONDS = 0.05
PATIENCE_SECONDS = 30


class Meeting:
    """The moment before the n-th statement of this thread, at which another thread does its whole work."""

    def __init__(self, number: int, work: Callable[[], Any]) -> None:
        self.number = number
        self.result: Any = None
        self._work = work
        self._left = number
        self._here = threading.get_ident()
        self._other = threading.Thread(target=self._run)

    @property
    def took_place(self) -> bool:
        return self._left < 0

    def before_statement(self, *_anything: Any) -> None:
        if threading.get_ident() != self._here or self.took_place:
            return
        self._left -= 1
        if self.took_place:
            self._other.start()
            self._other.join(COURTESY_SECONDS)

    def end(self) -> None:
        """Let the other finish, or do its work now if it was never met."""
        if not self.took_place:
            self._other.start()
        self._other.join(PATIENCE_SECONDS)
        assert not self._other.is_alive(), "the two block each other"

    def _run(self) -> None:
        try:
            self.result = self._work()
        except Exception as error:
            self.result = error


@contextmanager
def meeting(app: Flask, number: int, work: Callable[[], Any]) -> Iterator[Meeting]:
    """Have another thread do the work before the n-th statement (from 0) of this one."""
    with app.app_context():
        engine = db.engine
    met = Meeting(number, work)
    event.listen(engine, "before_cursor_execute", met.before_statement)
    try:
        yield met
        met.end()
    finally:
        event.remove(engine, "before_cursor_execute", met.before_statement)


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run all in threads that start together; return what each returned or raised."""
    barrier, results = threading.Barrier(len(works)), [None] * len(works)

    def run(number: int, work: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results[number] = work()
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive(), "they block each other"
    return results
