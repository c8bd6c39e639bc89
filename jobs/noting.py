"""Noting sends in the side journal: before each is made, and when one provably was not."""

from sqlalchemy import select

from app.extensions import db
from app.models import PandaCommand, Task
from app.services.restored import Sent
from app.services.seeds import seeds_of
from jobs.sent_journal import NOT_SENT, SENDING, JournalUnwritable, SentJournal
from jobs.worker import Worker


def try_out(worker: Worker) -> None:
    """Raise JournalUnwritable while the journal that failed still cannot be written: no task is taken up."""
    if worker.memory.get("journal_failed"):
        SentJournal.of(worker.config).try_out()
        worker.memory["journal_failed"] = False


def note_sending(worker: Worker, sent: Sent) -> None:
    """Note that a task is about to be sent. Raise JournalUnwritable: then it must not be."""
    try:
        SentJournal.of(worker.config).write(SENDING, sent)
    except JournalUnwritable:
        worker.memory["journal_failed"] = True
        raise


def note_not_sent(worker: Worker, command_id: int) -> None:
    """Note that the task was not sent after all; not of one sent before, whose first send is undecided.

    Raise JournalUnwritable.
    """
    sent, was_sent_before = _sent_of(command_id)
    db.session.commit()
    if not was_sent_before:
        SentJournal.of(worker.config).write(NOT_SENT, sent)


def _sent_of(command_id: int) -> tuple[Sent, bool]:
    """Return what the journal says of a command, and whether it was sent before."""
    found = select(PandaCommand, Task).join(Task).where(PandaCommand.id == command_id)
    command, task = db.session.execute(found.execution_options(populate_existing=True)).one()
    sent = Sent(command.key, task.name, command.sent_at or command.created_at, seeds_of(task))
    return sent, command.resent
