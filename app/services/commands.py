"""What people ask for on a task that PanDA has: an order is queued, taken back, shown. Sent by jobs/."""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from app.domain.command import makes_sense, turn_of
from app.domain.permission import Right
from app.domain.task_state import OPEN_STATES, CommandKind, CommandState, TaskState
from app.domain.way import Way
from app.domain.wish import Wish, WishRules, argument_of, check_wish
from app.extensions import db, write_unit
from app.models import PandaCommand, Task, User
from app.services.problems import (
    AnotherOrderOpen,
    ChangedMeanwhile,
    Invalid,
    NotAllowed,
    NotPossibleNow,
)
from app.services.tasks import get_task, may_act
from app.services.transitions import changed_one

_IS_ORDER = PandaCommand.kind != CommandKind.SUBMIT.value
# A kill takes PanDA's one slot from these.
_GIVES_WAY = (CommandState.READY.value, CommandState.ASKED.value)


class Hindrance(StrEnum):
    """Why an order cannot be given on a task."""

    NOT_YOURS = "not yours"
    NOT_AT_PANDA = "not at PanDA"
    NOT_IN_STATE = "not in this state"
    ANOTHER_OPEN = "another order is open"


def wish_rules_from(config: Mapping[str, Any]) -> WishRules:
    """Read the rules from the settings."""
    return WishRules(config["PRIORITY_LOWEST"], config["PRIORITY_HIGHEST"])


def request_command(
    task_id: int, user: User, version: int, wish: Wish, rules: WishRules, now: datetime, way: Way = Way.WEB
) -> Task:
    """Queue an order: the scheduled work asks PanDA within seconds. Commits.

    A kill takes the place of another order that waits, or that PanDA was asked for. Raise NotAllowed,
    NotPossibleNow, AnotherOrderOpen, ChangedMeanwhile, or Invalid with all problems.
    """
    with write_unit() as session:
        task = _task_to_order(task_id, user, version, wish.kind)
        if problems := check_wish(wish, rules):
            raise Invalid(problems)
        # The command first, as the sender does it: the other way round the two could block each other.
        if wish.kind is CommandKind.KILL:
            _give_way(session, task_id, now)
        _add(session, task, wish, user, now, way)
        unchanged = (
            Task.version == version,
            Task.state == TaskState.SUBMITTED.value,
            Task.panda_status.is_not_distinct_from(task.panda_status),
        )
        changes = {"version": Task.version + 1, "updated_at": now}
        if not changed_one(session, update(Task).where(Task.id == task_id, *unchanged).values(changes)):
            session.rollback()
            raise ChangedMeanwhile(get_task(task_id, user))
        session.refresh(task)
    return task


def _task_to_order(task_id: int, user: User, version: int, kind: CommandKind) -> Task:
    task = get_task(task_id, user)
    match hindrance(user, task, kind, find_open_order(task_id)):
        case Hindrance.NOT_YOURS:
            raise NotAllowed(Right.STEER_TASK)
        case Hindrance.ANOTHER_OPEN:
            raise AnotherOrderOpen(task)
        case Hindrance.NOT_AT_PANDA | Hindrance.NOT_IN_STATE:
            raise NotPossibleNow(task)
    if task.version != version:
        raise ChangedMeanwhile(task)
    return task


def hindrance(user: User, task: Task, kind: CommandKind, open_order: PandaCommand | None) -> Hindrance | None:
    """Return why this person cannot give this order on a task now; None: it can be given."""
    if not may_act(user, task, Right.STEER_TASK):
        return Hindrance.NOT_YOURS
    if task.state != TaskState.SUBMITTED.value:
        return Hindrance.NOT_AT_PANDA
    if not makes_sense(kind, task.panda_status):
        return Hindrance.NOT_IN_STATE
    return None if _leaves_room(open_order, kind) else Hindrance.ANOTHER_OPEN


def _leaves_room(open_order: PandaCommand | None, kind: CommandKind) -> bool:
    """Say whether an order of this kind may be given beside, or in the place of, the one that is open."""
    if open_order is None:
        return True
    return (
        kind is CommandKind.KILL
        and open_order.kind != CommandKind.KILL.value
        and open_order.state in _GIVES_WAY
    )


def _give_way(session: Session, task_id: int, now: datetime) -> None:
    others = _IS_ORDER, PandaCommand.kind != CommandKind.KILL.value
    session.execute(
        update(PandaCommand)
        .where(PandaCommand.task_id == task_id, PandaCommand.state.in_(_GIVES_WAY), *others)
        .values(state=CommandState.REPLACED.value, decided_at=now)
    )


def _add(session: Session, task: Task, wish: Wish, user: User, now: datetime, way: Way) -> None:
    task_id, user_id, argument = task.id, user.id, argument_of(wish)
    session.add(
        PandaCommand(
            task_id=task_id, kind=wish.kind.value, argument=argument, comment=wish.comment.strip() or None,
            state=CommandState.READY.value, turn=turn_of(wish.kind), key=str(uuid.uuid4()),
            requested_by_id=user_id, way=way.value, created_at=now, next_at=now,
        )
    )  # fmt: skip
    try:
        session.flush()
    except IntegrityError:  # somebody gave another order a moment ago
        session.rollback()
        raise AnotherOrderOpen(get_task(task_id, user)) from None


def take_back(task_id: int, user: User, command_id: int, now: datetime) -> Task:
    """Take back an order that PanDA was not asked for yet. Commits.

    Raise NotAllowed, or ChangedMeanwhile when it is too late.
    """
    with write_unit() as session:
        task = get_task(task_id, user)
        if not may_act(user, task, Right.STEER_TASK):
            raise NotAllowed(Right.STEER_TASK)
        waiting = PandaCommand.state == CommandState.READY.value, PandaCommand.asks == 0, _IS_ORDER
        taken_back = changed_one(
            session,
            update(PandaCommand)
            .where(PandaCommand.id == command_id, PandaCommand.task_id == task_id, *waiting)
            .values(state=CommandState.WITHDRAWN.value, decided_at=now),
        )
        if not taken_back:
            raise ChangedMeanwhile(task)
    return task


def find_open_order(task_id: int) -> PandaCommand | None:
    """Return the command of a task that is not closed, or None."""
    return db.session.scalar(select(PandaCommand).where(PandaCommand.task_id == task_id, _is_open()))


def open_orders_of(task_ids: Collection[int]) -> dict[int, PandaCommand]:
    """Map tasks to their commands that are not closed; tasks without one are not in it."""
    found = db.session.scalars(select(PandaCommand).where(PandaCommand.task_id.in_(task_ids), _is_open()))
    return {command.task_id: command for command in found}


def _is_open() -> Any:
    return PandaCommand.state.in_([state.value for state in OPEN_STATES])


def orders_of(task_id: int) -> list[PandaCommand]:
    """Return the orders given on a task with who gave them, latest first."""
    return list(
        db.session.scalars(
            select(PandaCommand)
            .where(PandaCommand.task_id == task_id, _IS_ORDER)
            .order_by(PandaCommand.id.desc())
            .options(joinedload(PandaCommand.requested_by))
        )
    )
