"""Noting sends in the side journal: before each is made, and when one provably was not."""

from sqlalchemy import select

from app.extensions import db
from app.models import PandaCommand
from app.services.intent import Intent
from app.services.restored import Sent
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


def note_not_sent(worker: Worker, sending: Intent) -> None:
    """Note that the task was not sent after all; not of one sent before, whose first send is undecided.

    Nor when another holder has taken it up meanwhile: that one's line is the last word. Raise
    JournalUnwritable.
    """
    wanted = select(PandaCommand.sent_at, PandaCommand.resent).where(PandaCommand.id == sending.command_id)
    sent_at, was_sent_before = db.session.execute(wanted).one()
    db.session.commit()  # nothing is held open while the disk is waited for
    if sent_at == sending.sent.at and not was_sent_before:
        SentJournal.of(worker.config).write(NOT_SENT, sending.sent)
