"""The guard against a restored or copied database: before the first send the journal is compared with it."""

from datetime import datetime

from app.domain.payload import NotSendable
from app.models import PandaCommand, Task
from app.services import installation, restored
from app.services.parameters import ParameterBuilder
from jobs.sent_journal import SentJournal
from jobs.worker import Worker, log


def guard_once(worker: Worker, now: datetime) -> None:
    """Compare the journal of sends with the database, once in a process; pause delivery if they differ.

    Raise JournalUnwritable: nothing may be sent, and it is tried again at the next turn.
    """
    if worker.memory.get("is_guarded"):
        return
    found = installation.find_installation()
    # Another installation's database is not ours to judge; it sends nothing anyway.
    if found is None or found.paused_for == installation.FOREIGN_DATABASE:
        return
    journal = SentJournal.of(worker.config)
    _see_to_journal(journal, now)
    builder = ParameterBuilder(worker.config)

    def build(task: Task, command: PandaCommand) -> str | None:
        try:
            return builder.text(task, command)
        except NotSendable:
            return None

    news = restored.compare_with_journal(journal.sends(), build, worker.epoch, now)
    if news:
        log.error("the journal %s knows %d sends that the database does not: nothing is sent", journal, news)
    worker.memory["is_guarded"] = True


def _see_to_journal(journal: SentJournal, now: datetime) -> None:
    """Begin the journal of a new database; where one must be and is not, pause first."""
    was_begun = restored.journal_was_begun()
    if was_begun and journal.exists():
        return
    if was_begun:
        log.error("there is no journal %s, although this database has had one: nothing is sent", journal)
        restored.note_missing_journal(str(journal), now)
    journal.begin()
    restored.note_journal_begun(now)
