"""Follow our tasks at PanDA: one bulk question a cycle, details only where they matter."""

from collections import deque
from datetime import datetime, timedelta

from app.models import Task
from app.panda.errors import OutcomeUnknown, Refused, TaskNotFound
from app.panda.replies import TaskInfo
from app.services import effects, following
from app.services.calls import CallContext
from app.services.chains import accept_parts
from app.services.following import PandaState
from app.services.orders import order_rules_from
from jobs.strangers import meet_strangers, read_strangers
from jobs.worker import Worker, log

# PanDA clips longer look-backs itself.
MAX_LOOK_BACK = timedelta(days=30)
CHUNK = 500
# A cycle ends when so many tasks in a row could not be read: it is not the tasks, then.
FAILURES_IN_A_ROW = 3


def refresh(worker: Worker, now: datetime) -> bool:
    """Read the states of our tasks from PanDA: first its list, then one task a step; True if there is more.

    PanDA's list tells which statuses differ from ours; the details of those are read, of tasks somebody
    looks at, of running ones in turn for their progress, and of those the list has not shown for long.
    """
    due: deque[int] = worker.memory.setdefault("due", deque())
    if not due:
        due.extend(_tasks_to_read(worker, now))
        worker.memory["failures"] = 0
        return bool(due)
    try:
        _read_details(worker, due.popleft(), now)
        worker.memory["failures"] = 0
    except (OutcomeUnknown, Refused) as error:
        # One task that cannot be read must not keep the others from being read.
        worker.memory["failures"] += 1
        if worker.memory["failures"] >= FAILURES_IN_A_ROW:
            raise
        log.warning("refresh: %s", error)
    return bool(due)


def refresh_asked(worker: Worker, now: datetime) -> bool:
    """Read the next task that somebody is looking at; True if there may be more."""
    task_id = following.next_asked()
    if task_id is None:
        return False
    _read_details(worker, task_id, now)
    return True


def _tasks_to_read(worker: Worker, now: datetime) -> list[int]:
    """Return our ids of the tasks whose details are to be read."""
    # Nothing is known of the time before the start, in which a final state may have been left again.
    since = max(
        worker.memory.get("refreshed_at", now - MAX_LOOK_BACK) - _overlap(worker), now - MAX_LOOK_BACK
    )
    if percent := worker.config["PART_ACCEPTED_FROM_PERCENT"]:
        accept_parts(percent, now)
    changed = _compare_with_list(worker, since, now)
    read_strangers(worker, now)
    due = [task.id for task in _tasks_due(worker, now)]
    worker.memory["refreshed_at"] = now
    return list(dict.fromkeys(changed + due))


def _overlap(worker: Worker) -> timedelta:
    return timedelta(hours=worker.config["REFRESH_OVERLAP_HOURS"])


def _compare_with_list(worker: Worker, since: datetime, now: datetime) -> list[int]:
    """Return our ids of the tasks whose status differs from PanDA's list; confirm the others."""
    config = worker.config
    with worker.calling_for(CallContext()) as panda:
        seen = panda.tasks_modified_since(since, config["PANDA_USER_NAME"], config["PANDA_PROD_SOURCE_LABEL"])
    changed: list[int] = []
    for start in range(0, len(seen), CHUNK):
        briefs = {brief.task_id: _fitting(brief.status) for brief in seen[start : start + CHUNK]}
        ours = following.statuses_of(list(briefs))
        differing = {task_id for panda_id, (task_id, status) in ours.items() if briefs[panda_id] != status}
        following.confirm_states([task_id for task_id, _ in ours.values() if task_id not in differing], now)
        changed += sorted(differing)
        meet_strangers(worker, briefs.keys() - ours.keys())
    return changed


def _tasks_due(worker: Worker, now: datetime) -> list[Task]:
    config = worker.config
    progress = timedelta(seconds=config["REFRESH_PROGRESS_SECONDS"])
    sweep = timedelta(minutes=config["REFRESH_SWEEP_MINUTES"])
    return following.tasks_due(now, progress, sweep, config["REFRESH_DETAILS_PER_CYCLE"])


def _read_details(worker: Worker, task_id: int, now: datetime) -> None:
    panda_id = following.panda_id_of(task_id)
    if panda_id is None:
        return
    with worker.calling_for(CallContext(None, task_id)) as panda:
        try:
            info = panda.get_detailed_info(panda_id)
        except TaskNotFound:
            # A fresh task, or PanDA's database away: it never changes a state.
            following.put_off(task_id, now)
            return
        except (OutcomeUnknown, Refused):
            following.put_off(task_id, now)
            raise
    if not following.store_state(task_id, _observation(info), now):
        following.put_off(task_id, now)
    effects.settle_order_of(task_id, order_rules_from(worker.config).watch, now)


def _observation(info: TaskInfo) -> PandaState:
    return PandaState(
        status=_fitting(info.status),
        changed_at=info.state_changed_at,
        priority=_plausible(info.current_priority),
        jobs_total=_plausible(info.n_files),
        jobs_done=_plausible(info.n_finished),
        jobs_failed=_plausible(info.n_failed),
        error_dialog=info.error_dialog,
    )


def _fitting(status: str) -> str:
    """Return PanDA's word as our column takes it, whatever it may be."""
    return status[: following.STATUS_WIDTH]


def _plausible(number: int | None) -> int | None:
    """Return a number if it can be a count or a priority; else none is known."""
    return number if number is not None and abs(number) < 2**31 else None
