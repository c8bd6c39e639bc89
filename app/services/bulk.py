"""Actions on many tasks at once: chosen, shown, confirmed, stopped. bulk_run.py carries them out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.orm import Session

from app.domain.bulk import BACKWARDS, GOING_ON, BulkKind, BulkResult, BulkState, Why
from app.domain.bulk_edit import Edit
from app.domain.permission import Right, Role, may
from app.extensions import LARGEST_ID, db, find_row, write_unit
from app.models import BulkAction, BulkItem, Task, User
from app.services.bulk_judge import BulkRules, Judged, judge
from app.services.bulk_verdict import stored
from app.services.paging import Page, read_page
from app.services.problems import NotAllowed, NotFound, Refusal
from app.services.task_conditions import visible_to
from app.services.task_list import select_tasks
from app.services.task_query import TaskQuery
from app.services.transitions import changed_one


class TooManyTasks(Refusal):
    """More tasks than one action may be on."""

    def __init__(self, number: int) -> None:
        super().__init__(f"{number} tasks")
        self.number = number


class NoTasks(Refusal):
    """There is nothing to act on."""


@dataclass(frozen=True)
class Chosen:
    """The tasks that were chosen: these, or all that a query finds."""

    task_ids: Sequence[int] = ()
    query: TaskQuery | None = None


def may_act_on_many(user: User) -> bool:
    """Say whether a person has any tasks to act on."""
    return may(Role(user.role), Right.CHANGE_TASK, is_owner=True)


def propose(user: User, kind: BulkKind, chosen: Chosen, back: str, most: int, now: datetime) -> BulkAction:
    """Write down which tasks an action is to be on, as they are now. Nothing is done to them. Commits.

    Tasks that the person does not see are passed over. Raise NotAllowed, NoTasks or TooManyTasks.
    """
    if not may_act_on_many(user):
        raise NotAllowed(Right.CHANGE_TASK)
    with write_unit() as session:
        found = _find(session, chosen, user, most)
        action = BulkAction(
            user_id=user.id, kind=kind.value, state=BulkState.PROPOSED.value, back=back, tasks=len(found),
            created_at=now,
        )  # fmt: skip
        session.add(action)
        session.flush()
        rows = [
            {"action_id": action.id, "task_id": row.id, "task_name": row.name, "task_version": row.version}
            for row in (sorted(found, key=_last_first) if kind in BACKWARDS else found)
        ]
        session.execute(insert(BulkItem), rows)
    return action


def _find(session: Session, chosen: Chosen, user: User, most: int) -> Sequence[Any]:
    """Return the tasks that were chosen, oldest first."""
    if chosen.query is not None:
        wanted: Select[Any] = select_tasks(chosen.query, user)
    else:
        ids = [task_id for task_id in chosen.task_ids if 0 < task_id <= LARGEST_ID]
        wanted = select(Task).where(Task.id.in_(ids), *visible_to(user))
    shown = (Task.id, Task.name, Task.version, Task.is_twin)
    columns = wanted.with_only_columns(*shown, maintain_column_froms=True)
    found = session.execute(columns.order_by(None).order_by(Task.id).limit(most + 1)).all()
    if len(found) > most:
        number = session.scalar(select(func.count()).select_from(columns.order_by(None).subquery()))
        raise TooManyTasks(number or 0)
    if not found:
        raise NoTasks
    return found


def _last_first(row: Any) -> tuple[bool, int]:
    """Sort children before their parents, and twins after the tasks that wait for them."""
    return row.is_twin, -row.id


def get_action(action_id: int, user: User) -> BulkAction:
    """Return an action of the person's own. Raise NotFound for any other."""
    action = find_row(BulkAction, action_id)
    if action is None or action.user_id != user.id:
        raise NotFound
    return action


def list_actions(user: User, number: int, size: int, count_limit: int) -> Page[BulkAction]:
    """Return a page of the actions that the person has confirmed, newest first."""
    confirmed = BulkAction.user_id == user.id, BulkAction.state != BulkState.PROPOSED.value
    return read_page(
        select(BulkAction).where(*confirmed).order_by(BulkAction.id.desc()), number, size, count_limit
    )


def done_to(action: BulkAction, most: int) -> list[int]:
    """Return the ids of the tasks to which an action was done, up to `most`."""
    done = BulkItem.action_id == action.id, BulkItem.result == BulkResult.DONE.value
    return list(db.session.scalars(select(BulkItem.task_id).where(*done).order_by(BulkItem.id).limit(most)))


def judge_action(action: BulkAction, user: User, rules: BulkRules, now: datetime) -> list[Judged]:
    """Say of each task of an action that is not confirmed whether it would be left out."""
    items = db.session.scalars(
        select(BulkItem).where(BulkItem.action_id == action.id).order_by(BulkItem.id)
    ).all()
    return judge(items, user, BulkKind(action.kind), edit_in(action), rules, now)


def typed_in(action: BulkAction) -> dict[str, Any]:
    """Return what was typed for an action; nothing before that."""
    typed: dict[str, Any] = json.loads(action.wish) if action.wish else {}
    return typed


def edit_in(action: BulkAction) -> Edit:
    """Return the change that an action of the kind "edit" is; an empty one before it was typed."""
    return edit_of(typed_in(action))


def edit_of(typed: Mapping[str, Any]) -> Edit:
    """Return a change as it was typed."""
    return Edit(typed.get("values", {}), bool(typed.get("takes_warnings")))


def keep_wish(action_id: int, user: User, wish: Mapping[str, Any]) -> None:
    """Keep what was typed for an action, so that it can be judged. Nothing is done yet. Commits."""
    get_action(action_id, user)
    with write_unit() as session:
        is_open = BulkAction.id == action_id, BulkAction.state == BulkState.PROPOSED.value
        session.execute(update(BulkAction).where(*is_open).values(wish=json.dumps(wish)))


def start(action_id: int, user: User, wish: Mapping[str, Any], now: datetime) -> None:
    """Confirm an action: from now on it is carried out. Of several clicks one counts. Commits."""
    get_action(action_id, user)
    with write_unit() as session:
        is_open = BulkAction.id == action_id, BulkAction.state == BulkState.PROPOSED.value
        values = {"state": BulkState.CONFIRMED.value, "wish": json.dumps(wish), "started_at": now}
        session.execute(update(BulkAction).where(*is_open).values(values))


def leave_out(action_id: int, rules: BulkRules, now: datetime) -> None:
    """Leave out the tasks of a confirmed action to which it cannot be done as they are now. Commits.

    They are judged before anything is locked: what changes after that is refused when its turn comes.
    """
    action = db.session.get_one(BulkAction, action_id)
    user = db.session.get_one(User, action.user_id)
    rows = [
        {"id": each.item.id, "result": BulkResult.LEFT_OUT.value, **stored(each.verdict)}
        for each in judge_action(action, user, rules, now)
        if each.verdict
    ]
    with write_unit() as session:
        is_confirmed = BulkAction.id == action_id, BulkAction.state == BulkState.CONFIRMED.value
        goes_on = update(BulkAction).where(*is_confirmed).values(state=BulkState.RUNNING.value)
        if changed_one(session, goes_on) and rows:
            session.execute(update(BulkItem), rows)


def stop(action_id: int, user: User, now: datetime) -> None:
    """Have the rest of an action left alone; what was done stays done. Commits."""
    get_action(action_id, user)
    close(action_id, Why.STOPPED, now)


def close(action_id: int, why: Why, now: datetime) -> None:
    """End an action that goes on, with why the rest is not done. Commits."""
    with write_unit() as session:
        is_running = BulkAction.id == action_id, BulkAction.state.in_(GOING_ON)
        values = {"state": BulkState.STOPPED.value, "ended_at": now}
        if changed_one(session, update(BulkAction).where(*is_running).values(values)):
            waiting = BulkItem.action_id == action_id, BulkItem.result.is_(None)
            left = {"result": BulkResult.NOT_DONE.value, "why": why.value}
            session.execute(update(BulkItem).where(*waiting).values(left))


def counts_of(action_ids: Sequence[int]) -> dict[int, dict[str | None, int]]:
    """Map actions to how many of their tasks have each result; None: their turn has not come."""
    counted = select(BulkItem.action_id, BulkItem.result, func.count()).where(
        BulkItem.action_id.in_(action_ids)
    )
    found: dict[int, dict[str | None, int]] = {action_id: {} for action_id in action_ids}
    for action_id, result, number in db.session.execute(
        counted.group_by(BulkItem.action_id, BulkItem.result)
    ):
        found[action_id][result] = number
    return found


def list_items(action: BulkAction, result: str | None, number: int, size: int) -> Page[BulkItem]:
    """Return a page of the tasks of an action; result: only those with it."""
    wanted = select(BulkItem).where(BulkItem.action_id == action.id)
    if result:
        wanted = wanted.where(BulkItem.result == result)
    return read_page(wanted.order_by(BulkItem.id), number, size, action.tasks)


def forget_old_actions(proposed_before: datetime, ended_before: datetime) -> None:
    """Delete actions that nobody confirmed, and those that ended long ago. Commits."""
    with write_unit() as session:
        never = BulkAction.state == BulkState.PROPOSED.value, BulkAction.created_at < proposed_before
        session.execute(delete(BulkAction).where(*never))
        session.execute(delete(BulkAction).where(BulkAction.ended_at < ended_before))
