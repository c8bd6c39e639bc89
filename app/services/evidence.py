"""What is known of tasks that a person has to decide on."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.domain.task_state import CommandKind, CommandState
from app.extensions import db
from app.models import PandaCall, PandaCommand
from app.services.paging import Page, read_page

# So many sends of one command are shown; there is seldom more than one.
SENDS_SHOWN = 5


@dataclass(frozen=True)
class Evidence:
    """A held command and the calls that sent it, the last one first."""

    command: PandaCommand
    sends: Sequence[PandaCall]


def list_held(number: int, size: int, count_limit: int) -> tuple[Page[PandaCommand], list[Evidence]]:
    """Return a page of the held submissions, the oldest first, with what is known of each."""
    statement = (
        select(PandaCommand)
        .where(PandaCommand.state == CommandState.HELD.value)
        .where(PandaCommand.kind == CommandKind.SUBMIT.value)
        .order_by(PandaCommand.sent_at, PandaCommand.id)
        .options(joinedload(PandaCommand.task))
    )
    page = read_page(statement, number, size, count_limit)
    return page, [evidence_of(command) for command in page.rows]


def held_command(task_id: int) -> PandaCommand | None:
    """Return the submission of a task that waits for a decision, or None."""
    return db.session.scalar(
        select(PandaCommand)
        .where(PandaCommand.task_id == task_id, PandaCommand.kind == CommandKind.SUBMIT.value)
        .where(PandaCommand.state == CommandState.HELD.value)
    )


def evidence_of(command: PandaCommand) -> Evidence:
    """Return a command with the calls that sent it."""
    calls = (
        select(PandaCall)
        .where(PandaCall.task_id == command.task_id, PandaCall.command_id == command.id)
        .where(PandaCall.verb == "POST")
        .order_by(PandaCall.started_at.desc(), PandaCall.id.desc())
        .limit(SENDS_SHOWN)
    )
    return Evidence(command, db.session.scalars(calls).all())
