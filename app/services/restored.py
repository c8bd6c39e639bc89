"""A restored or copied database: it does not know of its last sends, and must send nothing until released."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain.task_state import CommandState, TaskState
from app.extensions import db, write_unit
from app.models import Counter, Installation, PandaCommand, StraySend, Task
from app.services.installation import COPIED, RESTORED, pause_delivery
from app.services.seeds import SEEDS
from app.services.strays import FROM_JOURNAL, count_strays, note_strays
from app.services.transitions import changed_one, holder_is, move

WHY = "the database was restored: the journal says that the task was sent"
# So many sends of the journal are looked up at once.
CHUNK = 500

Build = Callable[[Task, PandaCommand], str | None]


@dataclass(frozen=True)
class Sent:
    """A send that left this machine, or may have.

    seeds: (first, how many) of the task; first_event: the number of its first event, of an extension.
    """

    key: str
    name: str
    at: datetime
    seeds: tuple[int, int] | None
    first_event: int | None = None


class _Command(NamedTuple):
    """What is compared of a command."""

    id: int
    key: str
    state: str
    sent_at: datetime | None


def journal_was_begun() -> bool:
    """Say whether this database has had a journal beside it: then one must be there."""
    begun = db.session.scalar(select(Installation.journal_begun_at).where(Installation.id == 1))
    return begun is not None


def note_journal_begun(now: datetime) -> None:
    """Write down that there is a journal from now on. Commits."""
    with write_unit() as session:
        session.execute(update(Installation).where(Installation.id == 1).values(journal_begun_at=now))


def note_missing_journal(path: str, now: datetime) -> None:
    """Pause: the journal that must be there is not. Commits."""
    note_strays([StraySend(key=f"no journal {now.isoformat()}", found_in=FROM_JOURNAL, found_at=now)])
    pause_delivery(COPIED, f"there is no journal {path}, although this database has had one", now)


def compare_with_journal(sends: Iterable[Sent], build: Build, epoch: int, now: datetime) -> int:
    """Find the sends that the database does not know, and pause if there are any. Commits.

    Queued ones become undecided and are looked for; those without a row are listed. Return how many are
    news. build: the parameters as they would be sent, None where they cannot be built.
    """
    asked = strays = 0
    for some in _chunks(sends):
        known = _commands_of([sent.key for sent in some])
        strays += note_strays([_stray(sent, now) for sent in some if sent.key not in known])
        for sent in some:
            command = known.get(sent.key)
            if command is not None and _is_news(command, sent):
                asked += _take_as_sent(command.id, sent, build, epoch, now)
        _raise_seeds([sent.seeds for sent in some if sent.seeds])
    if asked or count_strays():
        words = f"the journal has {asked} sends of queued tasks and {count_strays()} of unknown ones"
        pause_delivery(RESTORED, words, now)
    return asked + strays


def _chunks(sends: Iterable[Sent]) -> Iterator[list[Sent]]:
    rest = iter(sends)
    while some := list(islice(rest, CHUNK)):
        yield some


def _commands_of(keys: list[str]) -> dict[str, _Command]:
    # Columns, not rows of the ORM: those would be read again one by one after the next commit.
    columns = PandaCommand.id, PandaCommand.key, PandaCommand.state, PandaCommand.sent_at
    rows = db.session.execute(select(*columns).where(PandaCommand.key.in_(keys)))
    return {command.key: command for command in map(_Command._make, rows)}


def _is_news(command: _Command, sent: Sent) -> bool:
    """Say whether a command that waits to be sent was sent after all; one to be sent again has a time."""
    is_waiting = command.state == CommandState.READY.value
    return is_waiting and (command.sent_at is None or sent.at > command.sent_at)


def unknown_keys(keys: list[str]) -> set[str]:
    """Return those of the keys that no command of ours has."""
    return set(keys) - set(_commands_of(keys))


def _stray(sent: Sent, now: datetime) -> StraySend:
    return StraySend(key=sent.key[:64], found_in=FROM_JOURNAL, name=sent.name[:256], found_at=now)


def _take_as_sent(command_id: int, sent: Sent, build: Build, epoch: int, now: datetime) -> bool:
    """Turn a queued command into an undecided one, with the seeds it was sent with."""
    with write_unit() as session:
        command = session.get_one(PandaCommand, command_id, populate_existing=True, with_for_update=True)
        task = session.get_one(Task, command.task_id, populate_existing=True)
        if sent.seeds:
            task.seed_first, task.seed_count = sent.seeds
        if sent.first_event:
            task.first_event = sent.first_event
        payload, version = command.payload or build(task, command), task.version
        highest = select(func.coalesce(func.max(Task.panda_id), 0)).scalar_subquery()
        statement = (
            update(PandaCommand)
            .where(PandaCommand.id == command_id, holder_is(epoch))
            .where(PandaCommand.state == CommandState.READY.value)
            .values(
                state=CommandState.UNKNOWN.value, waits_for=WHY, next_at=now, sent_at=sent.at, resent=False,
                payload=payload, task_version=version, low_id=func.coalesce(PandaCommand.low_id, highest),
            )
        )  # fmt: skip
        if changed_one(session, statement) and _is_undecided(session, task, now):
            return True
        session.rollback()
        return False


def _is_undecided(session: Session, task: Task, now: datetime) -> bool:
    """Move the task too; one that was to be sent again is undecided already."""
    if task.state == TaskState.UNKNOWN.value:
        return True
    return move(session, task.id, TaskState.QUEUED, TaskState.UNKNOWN, now, reason=WHY)


def _raise_seeds(ranges: list[tuple[int, int]]) -> None:
    """See to it that no task gets the seeds of one that was sent before."""
    after = max((first + count for first, count in ranges), default=0)
    if not after:
        return
    with write_unit() as session:
        counter = session.get(Counter, SEEDS, with_for_update=True)
        if counter is None:
            session.add(Counter(name=SEEDS, next_value=after))
        else:
            counter.next_value = max(counter.next_value, after)
