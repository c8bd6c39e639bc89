"""The queue of commands to PanDA as the operator sees it: what waits, since when, and why."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.domain.task_state import OPEN_STATES, CommandState
from app.extensions import db
from app.models import PandaCall, PandaCommand, Task
from app.services.paging import Page, read_page
from app.services.queue import as_parent

SUBMIT = "task/submit"


@dataclass(frozen=True)
class Queue:
    """One state of the queue by pages, and how many are in each state."""

    state: CommandState
    counts: dict[CommandState, int]
    page: Page[PandaCommand]

    @property
    def revision(self) -> str:
        """A short text that changes whenever something shown changes."""
        rows = [
            (row.id, row.state, row.next_at, row.waits_for, row.tries,
             as_parent(row.task.parent) if row.task.parent else None)
            for row in self.page.rows
        ]  # fmt: skip
        shown = repr((rows, sorted(self.counts.items()), self.page.number))
        return hashlib.sha256(shown.encode()).hexdigest()[:16]


def read_queue(state: CommandState, number: int, size: int, count_limit: int) -> Queue:
    """Return a page of the open commands in one state, the next to be tried first."""
    statement = (
        select(PandaCommand)
        .where(PandaCommand.state == state.value)
        .order_by(PandaCommand.state, PandaCommand.next_at, PandaCommand.id)
        .options(joinedload(PandaCommand.task).joinedload(Task.waits_for))
        .options(joinedload(PandaCommand.task).joinedload(Task.parent))
    )
    return Queue(state, count_open(), read_page(statement, number, size, count_limit))


def count_open() -> dict[CommandState, int]:
    """Count the open commands in each state."""
    states = [state.value for state in OPEN_STATES]
    rows = db.session.execute(
        select(PandaCommand.state, func.count())
        .where(PandaCommand.state.in_(states))
        .group_by(PandaCommand.state)
    )
    found = {CommandState(state): count for state, count in rows}
    return {state: found.get(state, 0) for state in OPEN_STATES}


def sends_since(now: datetime, minutes: int) -> int:
    """Count the tries to send a task within the last minutes."""
    lately = PandaCall.method == SUBMIT, PandaCall.started_at > now - timedelta(minutes=minutes)
    return db.session.scalar(select(func.count()).select_from(PandaCall).where(*lately)) or 0
