"""What each line of the log carries with it: which request, person, task, command, work it is about.

Ids and names of work alone, never what somebody typed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_KEPT: ContextVar[dict[str, object]] = ContextVar("log_context")


def known() -> dict[str, object]:
    """Return what is known at this moment, in this thread."""
    return _KEPT.get({})


def log_with(**values: object) -> None:
    """Let the lines from here on carry these too; None says nothing. Ends with what surrounds it."""
    _KEPT.set(known() | {name: value for name, value in values.items() if value is not None})


def log_afresh(**values: object) -> None:
    """Let the lines from here on carry these and nothing of before: another request has begun."""
    _KEPT.set(values)


@contextmanager
def logged_with(**values: object) -> Iterator[None]:
    """Let the lines within carry these too; afterwards all is as before."""
    before = _KEPT.set(known())
    log_with(**values)
    try:
        yield
    finally:
        _KEPT.reset(before)
