"""What is written down before a task is sent: the intent to send it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table, func, select, update
from sqlalchemy.orm import Session, joinedload

from app.domain.approval import OFF, ApprovalRules
from app.domain.chain import is_named_to_panda
from app.domain.task_state import CommandState, TaskState
from app.extensions import write_unit
from app.models import PandaCommand, Task
from app.services.calls import CallContext, add_call
from app.services.queue import parent_waited_for, twin_waited_for
from app.services.restored import Sent
from app.services.seeds import allot_event_numbers, allot_seeds, seeds_of
from app.services.transitions import changed_one, holder_is, move

# In the history of a task that was not found and is sent once more.
SENT_AGAIN = "not found at PanDA, sent again with the same name"

_COMMANDS, _TASKS = Table("panda_command", PandaCommand.metadata), Table("task", Task.metadata)
_HIGHEST_ID = select(func.coalesce(func.max(_TASKS.c.panda_id), 0)).scalar_subquery()
_BEGIN_SENDING = (
    update(_COMMANDS)
    .where(_COMMANDS.c.state == CommandState.READY.value)
    .values(state=CommandState.SENDING.value, waits_for=None)
)


@dataclass(frozen=True)
class Intent:
    """A send that is written down and may now be made, once.

    sent: what the journal says of it; dataset and creator (the full name): what the day's log says.
    """

    command_id: int
    task_id: int
    call_id: int
    payload: str
    parent_panda_id: int | None
    sent: Sent
    dataset: str
    creator: str


def put_off(command_id: int, why: str, next_at: datetime, epoch: int) -> None:
    """Let a queued command wait for its turn again, so that it does not hold up the others. Commits."""
    is_queued = PandaCommand.id == command_id, PandaCommand.state == CommandState.READY.value
    with write_unit() as session:
        session.execute(
            update(PandaCommand).where(*is_queued, holder_is(epoch)).values(next_at=next_at, waits_for=why)
        )


def record_intent(
    command_id: int,
    build: Callable[[Task, PandaCommand], str],
    seeds_for: frozenset[str],
    epoch: int,
    now: datetime,
    approval: ApprovalRules = OFF,
) -> Intent | None:
    """Freeze the payload and write down that it is about to be sent.

    One durable transaction: the command ready → sending, the task queued → sending at the version the
    payload was built from, the call's row, and the highest PanDA id known. None means that somebody edited,
    withdrew or took it in between, began its parent or its twin anew, or has yet to approve it: nothing may
    be sent. build turns the rows into the payload's text and may raise; nothing is then written. A task sent
    for the second time is sent as it was. Commits.
    """
    with write_unit() as session:
        # Locked first, as by whoever withdraws: the other way round the two could block each other.
        command = session.get_one(PandaCommand, command_id, populate_existing=True, with_for_update=True)
        whole = [joinedload(Task.creator), joinedload(Task.fields)]
        task = session.get_one(Task, command.task_id, populate_existing=True, options=whole)
        version = task.version
        if not command.resent and task.recipe in seeds_for:
            allot_seeds(session, task)
            allot_event_numbers(session, task)
        payload = command.payload if command.resent and command.payload else build(task, command)
        is_released = command.resent or _is_released(task, approval)
        if not is_released or not _begin_sending(session, command, version, payload, epoch, now):
            session.rollback()
            return None
        context = CallContext(command.requested_by_id, task.id, command_id)
        call_id = add_call(session, context, "POST", "task/submit", None, payload, now)
        return _intent(session, command, task, call_id, payload, now)


def _is_released(task: Task, approval: ApprovalRules) -> bool:
    """Say whether nothing keeps a task from being sent now; the queue chose it a moment ago."""
    if parent_waited_for(task) or twin_waited_for(task):
        return False
    return not approval.holds(task.jobs, is_approved=task.approved_at is not None)


def _intent(
    session: Session, command: PandaCommand, task: Task, call_id: int, payload: str, now: datetime
) -> Intent:
    parent = session.get(Task, task.parent_id) if task.parent_id else None
    return Intent(
        command.id,
        task.id,
        call_id,
        payload,
        parent_panda_id=parent.panda_id if parent and is_named_to_panda(parent.shown_state) else None,
        sent=Sent(command.key, task.name, now, seeds_of(task), task.first_event),
        dataset=next((field.value for field in task.fields if field.field == "dataset"), ""),
        creator=task.creator.full_name,
    )


def _begin_sending(
    session: Session, command: PandaCommand, version: int, payload: str, epoch: int, now: datetime
) -> bool:
    """Move the command and its task to `sending`; False when one of them is not what it was."""
    task_id, was_sent = command.task_id, command.resent
    # A task sent before may be at PanDA above the id that was the highest then.
    low_id = _COMMANDS.c.low_id if was_sent else _HIGHEST_ID
    sending = {"payload": payload, "task_version": version, "low_id": low_id, "sent_at": now}
    is_as_read = _COMMANDS.c.id == command.id, _COMMANDS.c.resent == was_sent
    statement = _BEGIN_SENDING.where(*is_as_read, holder_is(epoch)).values(sending)
    if not changed_one(session, statement):
        return False
    if was_sent and not move(session, task_id, TaskState.UNKNOWN, TaskState.QUEUED, now, reason=SENT_AGAIN):
        return False
    at_version = () if was_sent else (Task.version == version,)
    return move(session, task_id, TaskState.QUEUED, TaskState.SENDING, now, where=at_version)
