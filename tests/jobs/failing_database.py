"""A database that fails on demand, or is interrupted at a moment: between SQLAlchemy and its driver."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from app.extensions import db


@contextmanager
def failing_database(app: Flask, *words: str, skip: int = 0) -> Iterator[None]:
    """Have the next statement that holds all these words fail, as when the connection is lost."""
    left = skip + 1

    def fail(_connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        nonlocal left
        if left and all(word in statement for word in words):
            left -= 1
            if not left:
                _lose_connection()

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", fail)
    assert not left, "the statement that was to fail never came"


@contextmanager
def at_commit(
    app: Flask, word: str, act: Callable[[], object], *, is_done: bool = True, skip: int = 0
) -> Iterator[None]:
    """Act once at a commit that follows a statement with this word (not the first `skip`): after it is done,
    or before.
    """
    with app.app_context():
        engine = db.engine
    dialect, is_armed, has_acted, left = engine.dialect, False, False, skip + 1
    commit = dialect.do_commit

    def arm(_connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        nonlocal is_armed
        is_armed = is_armed or (not has_acted and word in statement)

    def do_commit(connection: Any) -> None:
        nonlocal is_armed, has_acted, left
        left -= is_armed
        is_now, is_armed = is_armed and not left, False
        has_acted = has_acted or is_now
        if is_now and not is_done:
            act()
        commit(connection)
        if is_now and is_done:
            act()

    event.listen(engine, "before_cursor_execute", arm)
    dialect.do_commit = do_commit
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", arm)
        del dialect.do_commit
    assert has_acted, "the commit never came"


def failing_commit(
    app: Flask, word: str, *, is_done: bool = False, skip: int = 0
) -> AbstractContextManager[None]:
    """Have the commit fail that follows a statement with this word; with is_done, only its answer is lost."""
    return at_commit(app, word, _lose_connection, is_done=is_done, skip=skip)


def _lose_connection() -> None:
    raise OperationalError("", {}, Exception("the connection is lost"))
