"""What sends proved, kept until the database takes it."""

from collections import deque
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from jobs.sent_journal import JournalUnwritable
from jobs.worker import Worker


def keep_outcome(worker: Worker, outcome: Callable[[], object]) -> None:
    """Keep what is to be written down of a send, after what is kept already."""
    _kept(worker).append(outcome)


def write_outcomes(worker: Worker) -> None:
    """Write down what the last sends proved. What the database does not take now is kept."""
    kept = _kept(worker)
    while kept:
        outcome = kept.popleft()
        try:
            outcome()
        except (SQLAlchemyError, JournalUnwritable):
            kept.appendleft(outcome)
            raise


def _kept(worker: Worker) -> deque[Callable[[], object]]:
    kept: deque[Callable[[], object]] = worker.memory.setdefault("unwritten", deque())
    return kept
