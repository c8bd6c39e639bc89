"""What a send proved, kept until the database takes it."""

from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from jobs.sent_journal import JournalUnwritable
from jobs.worker import Worker


def keep_outcome(worker: Worker, outcome: Callable[[], object]) -> None:
    """Keep what is to be written down of a send. Nothing else is sent before that."""
    worker.memory["unwritten"] = outcome


def write_outcome(worker: Worker) -> None:
    """Write down what the last send proved. It is kept until the database takes it."""
    outcome = worker.memory.pop("unwritten", None)
    if outcome is None:
        return
    try:
        outcome()
    except (SQLAlchemyError, JournalUnwritable):
        worker.memory["unwritten"] = outcome
        raise
