"""Something that happens once at a point of this process: its end, or the work of another holder."""

import http.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask

from app.extensions import db
from tests.crash.points import Points


class Died(BaseException):
    """The process is no more. No handler of the product catches it."""


class Interruptions(Points):
    """Points (tests/crash) at which something may be done instead of a kill."""

    def __init__(self) -> None:
        super().__init__(None, lambda _: None)
        self._word, self._left = "", 0
        self._act: Callable[[], None] | None = None

    def arm(self, word: str, skip: int, act: Callable[[], None]) -> None:
        """Act at the point whose name holds this word, after it has come by so many times."""
        self._word, self._left, self._act = word, skip, act

    def disarm(self) -> bool:
        """Return whether it has happened; it will not any more."""
        has_happened = self._act is None
        self._act = None
        return has_happened

    def reach(self, what: str) -> None:
        if self._act is None or self._word not in what:
            return
        self._left -= 1
        if self._left < 0:
            act, self._act = self._act, None
            act()


@contextmanager
def interruptions(app: Flask) -> Iterator[Interruptions]:
    """Hang the points on an application, and take them off again."""
    with app.app_context():
        engine = db.engine
    line = http.client.HTTPConnection
    before = line.send, line.getresponse
    points = Interruptions()
    points.watch(engine)
    try:
        yield points
    finally:
        line.send, line.getresponse = before
        del engine.dialect.do_commit, engine.dialect.do_rollback


def die() -> None:
    raise Died
