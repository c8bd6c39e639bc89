"""Errors after each statement that writes: what is half done must be nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import event

from app.extensions import db

WRITES = ("INSERT", "UPDATE", "DELETE")
MOST = 500


class Broken(Exception):
    """The database went away."""


@contextmanager
def broken_after(number: int) -> Iterator[None]:
    """Raise Broken after so many statements that write."""
    left = number

    def fail(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        nonlocal left
        left -= statement.startswith(WRITES)
        if not left:
            raise Broken

    event.listen(db.engine, "after_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(db.engine, "after_cursor_execute", fail)


def walk(do: Callable[[], object], check: Callable[[], None]) -> int:
    """Break off after the first statement, the second, … until it goes through; check after each time.

    Returns how many statements wrote when it went through. Needs an application context.
    """
    for number in range(1, MOST):
        try:
            with broken_after(number):
                do()
        except Broken:
            db.session.rollback()
            check()
        else:
            return number - 1
    message = f"it is not through after {MOST} statements"
    raise AssertionError(message)
