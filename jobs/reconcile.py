"""Look for tasks whose answer was lost: they may run at PanDA or not."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from app.domain.duplicate import survivor_of
from app.panda.client import PandaClient
from app.panda.errors import OutcomeUnknown, TaskNotFound
from app.panda.replies import TaskInfo
from app.services import delivery, installation, lost
from app.services.calls import CallContext
from app.services.lost import Lost
from jobs.worker import Worker, log

T = TypeVar("T")

# A look is repeated singly: a search of many looks would else never end while some of them fail.
TRIES = 4
# A PanDA that takes longer to fail is not asked again at once, seconds.
SLOW_SECONDS = 5.0
# The search by ids ends after so many in a row that PanDA does not know: its ids leave no wider gaps.
WIDEST_GAP = 20


def reconcile_next(worker: Worker, now: datetime) -> bool:
    """Look for the next lost task at PanDA; True if there may be more.

    Found once: it is ours. Found more often: a person decides. Not found counts only if a later task of
    ours, which must be there, is found in the same way.
    """
    rules = lost.search_rules_from(worker.config)
    sought = lost.next_lost(now, 2 * max(rules.every, rules.between))
    if sought is None:
        return False
    # First put it off: a search that fails must not block the others.
    lost.put_off(sought.command_id, now + lost.wait_before_next_look(sought, rules, now))
    control = lost.control_for(sought)
    with worker.calling_for(CallContext(None, sought.task_id, sought.command_id)) as panda:
        found = search(worker, panda, sought)
        had_control = control is not None and bool(_find_by_key(worker, panda, control))
    if found:
        _store(worker, sought, sorted(found), now)
    else:
        lost.record_not_found(sought.command_id, had_control, rules, worker.epoch, now)
    return True


def _store(worker: Worker, sought: Lost, found: list[int], now: datetime) -> None:
    if len(found) == 1:
        log.info("command %s was found as PanDA task %s", sought.command_id, found[0])
        if delivery.record_acceptance(sought.command_id, found[0], now):
            return
        why = f"found at PanDA as task {found[0]}, which does not fit what we know"
    else:
        why = f"found more than once at PanDA: {found}"
    log.error("command %s: %s", sought.command_id, why)
    if not sought.is_held:  # who lifts the pause has seen it
        words = f"{sought.name}: {why}"
        installation.pause_delivery(installation.FOUND_TWICE, words, now)
        lost.hold(sought.command_id, why, worker.epoch, now)


def search(worker: Worker, panda: PandaClient, sought: Lost) -> set[int]:
    """Return every PanDA task that carries our key: by ticketID and by name once JEDI has named it, else in
    the parameters of the ids above the highest one known when it was sent."""
    return find_named(worker, panda, sought) or _find_by_id(worker, panda, sought)


def find_named(worker: Worker, panda: PandaClient, sought: Lost) -> set[int]:
    """Return the PanDA tasks with our key that JEDI has named; those it aborted as duplicates only if no
    other is there."""
    named = {info.task_id: info for info in _find_by_key(worker, panda, sought.key)}
    named |= {info.task_id: info for info in _find_by_name(worker, panda, sought.name)}
    ours = {panda_id for panda_id in named if _key_of(worker, panda, panda_id) == sought.key}
    return {each for each in ours if survivor_of(named[each].error_dialog) is None} or ours


def _find_by_id(worker: Worker, panda: PandaClient, sought: Lost) -> set[int]:
    found, gap = set(), 0
    # What was once read of an id never changes.
    keys: dict[int, str] = worker.memory.setdefault("keys", {})
    for panda_id in range(sought.low_id + 1, sought.low_id + 1 + worker.config["RECONCILE_ID_WINDOW"]):
        key = keys[panda_id] if panda_id in keys else _key_of(worker, panda, panda_id)
        gap = gap + 1 if key is None else 0
        if key is not None:
            keys[panda_id] = key
        if key == sought.key:
            found.add(panda_id)
        if gap >= WIDEST_GAP:
            break
    return found


def _find_by_key(worker: Worker, panda: PandaClient, key: str) -> list[TaskInfo]:
    # "NOT NULL" lifts PanDA's restriction to the caller's own user name.
    filters = {"ticketID": key, "userName": "NOT NULL"}
    return _look(worker, lambda: panda.tasks_detailed_info_since(filters))


def _find_by_name(worker: Worker, panda: PandaClient, name: str) -> list[TaskInfo]:
    filters = {"taskName": name, "userName": worker.config["PANDA_USER_NAME"]}
    return _look(worker, lambda: panda.tasks_detailed_info_since(filters))


def _key_of(worker: Worker, panda: PandaClient, panda_id: int) -> str | None:
    """Return the key that a PanDA task was submitted with ("" for none); None when there is no such task."""
    try:
        key = _look(worker, lambda: panda.get_task_parameters(panda_id)).get("ticketID")
    except TaskNotFound:
        return None
    return key if isinstance(key, str) else ""


def _look(worker: Worker, ask: Callable[[], T]) -> T:
    """Ask until an answer comes, a few times: looking changes nothing at PanDA. Once while it is away."""
    tries = 1 if worker.reach.is_away() else TRIES
    for _ in range(tries - 1):
        began = time.monotonic()
        try:
            return ask()
        except OutcomeUnknown:
            if time.monotonic() - began > SLOW_SECONDS:
                raise
    return ask()
