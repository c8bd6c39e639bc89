"""A bulk action is carried out, one task after the other, each with its result in one transaction."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, Select, select, true, update

from app.domain.bulk import ACTION_OF, GOING_ON, ORDER_OF, BulkKind, BulkResult, BulkState, Why
from app.domain.task_state import TaskAction, TaskState
from app.domain.wish import Wish
from app.extensions import db, find_row, write_unit
from app.models import BulkAction, BulkItem, Task, User
from app.services import tasks
from app.services.bulk import close, edit_in, leave_out, typed_in
from app.services.bulk_edit import NothingNew, edit_task
from app.services.bulk_judge import BulkRules
from app.services.bulk_verdict import Verdict, stored, verdict_of
from app.services.commands import request_command
from app.services.problems import Invalid, Refusal
from app.services.tasks import may_act
from app.services.transitions import changed_one


class AccountOff(Refusal):
    """Whoever wanted it may not sign in any more."""


def next_action(last: int = 0) -> int | None:
    """Return the action whose turn it is: kills first, then each for a task. None: nothing goes on.

    last: the one that had its turn before.
    """
    is_running = BulkAction.state.in_(GOING_ON)
    first = (BulkAction.kind != BulkKind.KILL.value, BulkAction.id <= last, BulkAction.id)
    return db.session.scalar(select(BulkAction.id).where(is_running).order_by(*first).limit(1))


def next_item(action_id: int) -> int | None:
    """Return the task of an action whose turn it is; None: all have had theirs."""
    return db.session.scalar(_waiting(action_id).limit(1))


def _waiting(action_id: int) -> Select[int]:
    waiting = BulkItem.action_id == action_id, BulkItem.result.is_(None)
    return select(BulkItem.id).where(*waiting).order_by(BulkItem.id)


def carry_on(
    action_id: int, rules: BulkRules, now: datetime, guard: ColumnElement[bool] | None = None
) -> bool:
    """Do the next task of an action; True when there may be more. Commits.

    First it is looked at who is left out. guard: who may do it. A task is done once, however many carry it
    on: its result is written with it.
    """
    state = db.session.scalar(select(BulkAction.state).where(BulkAction.id == action_id))
    if state == BulkState.CONFIRMED.value:
        leave_out(action_id, rules, now)
        return True
    items = db.session.scalars(_waiting(action_id).limit(2)).all()
    may_go_on = bool(items) and _do_one(items[0], rules, now, guard)
    if len(items) < 2 and (may_go_on or not items):
        _finish(action_id, now)
        return False
    return may_go_on


def fail(action_id: int, now: datetime) -> None:
    """Stop an action of which one task after the other fails. Commits."""
    close(action_id, Why.FAILED, now)


def give_up(action_id: int, item_id: int) -> None:
    """Leave a task alone that fails each time its turn comes: the others wait for theirs. Commits.

    Where it cannot be said who is left out, each task is tried.
    """
    with write_unit() as session:
        is_confirmed = BulkAction.id == action_id, BulkAction.state == BulkState.CONFIRMED.value
        tried = update(BulkAction).where(*is_confirmed).values(state=BulkState.RUNNING.value)
        if changed_one(session, tried):
            return
    _note_not_done(item_id, Verdict(Why.FAILED))


def _do_one(item_id: int, rules: BulkRules, now: datetime, guard: ColumnElement[bool] | None) -> bool:
    """Do a task, or write down why it is not done. False: it is not this one's to do."""
    try:
        return _do(item_id, rules, now, guard)
    except NothingNew:
        verdict = Verdict(Why.NOTHING_NEW)
    except AccountOff:
        verdict = Verdict(Why.ACCOUNT_OFF)
    except Refusal as refusal:
        verdict = verdict_of(refusal)
    _note_not_done(item_id, verdict)
    return True


def _note_not_done(item_id: int, verdict: Verdict) -> None:
    with write_unit() as session:
        left = {"result": BulkResult.NOT_DONE.value, **stored(verdict)}
        session.execute(
            update(BulkItem).where(BulkItem.id == item_id, BulkItem.result.is_(None)).values(left)
        )


def _do(item_id: int, rules: BulkRules, now: datetime, guard: ColumnElement[bool] | None) -> bool:
    """Do one task and write down that it is done: both, or neither."""
    with write_unit() as session:
        is_next = BulkItem.id == item_id, BulkItem.result.is_(None)
        is_running = BulkAction.id == BulkItem.action_id, BulkAction.state == BulkState.RUNNING.value
        claim = update(BulkItem).where(
            *is_next, select(BulkAction.id).where(*is_running).exists(), true() if guard is None else guard
        )
        if not changed_one(session, claim.values(result=BulkResult.DONE.value)):
            return False
        item = session.get_one(BulkItem, item_id)
        action = session.get_one(BulkAction, item.action_id)
        user = session.get_one(User, action.user_id, populate_existing=True)
        if user.is_disabled:
            raise AccountOff
        _DO[BulkKind(action.kind)](item.task_id, item.task_version, action, user, rules, now)
    return True


def _finish(action_id: int, now: datetime) -> None:
    with write_unit() as session:
        values = {"state": BulkState.DONE.value, "ended_at": now}
        is_running = BulkAction.id == action_id, BulkAction.state == BulkState.RUNNING.value
        session.execute(update(BulkAction).where(*is_running).values(values))


Step = Callable[[int, int, BulkAction, User, BulkRules, datetime], None]


def _order(
    task_id: int, version: int, action: BulkAction, user: User, rules: BulkRules, now: datetime
) -> None:
    typed = typed_in(action)
    wish = Wish(ORDER_OF[BulkKind(action.kind)], typed.get("argument"), typed.get("comment", ""))
    request_command(task_id, user, version, wish, rules.wishes, now)


def _edit(
    task_id: int, version: int, action: BulkAction, user: User, rules: BulkRules, now: datetime
) -> None:
    edit = edit_in(action)
    edit_task(task_id, user, version, edit, rules.tasks, rules.builder, now)


def _submit(
    task_id: int, version: int, _action: BulkAction, user: User, rules: BulkRules, now: datetime
) -> None:
    task = tasks.get_task(task_id, user)
    if task.is_twin and task.state == TaskState.QUEUED.value and may_act(user, task):
        return  # it went with its task
    if may_act(user, task) and (problems := rules.builder.preview(task).problems):
        raise Invalid(problems)
    tasks.request_submission(task_id, user, version, now)


def _own(use_case: Callable[[int, User, int, datetime], Task]) -> Step:
    def step(
        task_id: int, version: int, _action: BulkAction, user: User, _rules: BulkRules, now: datetime
    ) -> None:
        use_case(task_id, user, version, now)

    return step


def _delete(
    task_id: int, version: int, _action: BulkAction, user: User, _rules: BulkRules, now: datetime
) -> None:
    # A twin goes with the task that waits for it.
    if find_row(Task, task_id) is not None:
        tasks.delete_draft(task_id, user, version)


_OF_ACTION: dict[TaskAction, Step] = {
    TaskAction.SUBMIT: _submit,
    TaskAction.WITHDRAW: _own(tasks.withdraw),
    TaskAction.BACK_TO_DRAFT: _own(tasks.back_to_draft),
    TaskAction.DELETE: _delete,
}
_DO: dict[BulkKind, Step] = {
    BulkKind.EDIT: _edit,
    **dict.fromkeys(ORDER_OF, _order),
    **{kind: _OF_ACTION[action] for kind, action in ACTION_OF.items()},
}
