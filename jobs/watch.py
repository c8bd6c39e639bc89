"""The watch for duplicates: what PanDA kept of two tasks with one name, and what turns up later."""

from datetime import datetime, timedelta

from app.domain.payload import KEY
from app.panda.errors import TaskNotFound
from app.services import delivery, duplicates, installation, lost, watching
from app.services.calls import CallContext
from app.services.duplicates import Duplicate
from app.services.watching import Watched
from jobs.reconcile import find_named, search
from jobs.worker import Worker, log

# An id whose parameters cannot be read is asked for again after this long, seconds.
AGAIN_SECONDS = 60.0
# So many aborted tasks are considered at once.
LIMIT = 50


def watch_next(worker: Worker, now: datetime) -> bool:
    """See to one task that was aborted as a duplicate, or look for one that may turn up; True for more."""
    duplicate = _next_duplicate(worker, now)
    if duplicate is not None:
        _see_to(worker, duplicate, now)
        return True
    watched = watching.next_watched(now)
    if watched is None:
        return False
    # First put it off: a search that fails must not block the others.
    watching.put_off(watched, lost.search_rules_from(worker.config), now)
    _look_for(worker, watched, now)
    return True


def _next_duplicate(worker: Worker, now: datetime) -> Duplicate | None:
    waits: dict[int, float] = worker.memory.setdefault("waits", {})
    watch = timedelta(days=worker.config["DUPLICATE_WATCH_DAYS"])
    for duplicate in duplicates.open_duplicates(now, watch, LIMIT):
        if worker.clock() >= waits.get(duplicate.command_id, 0.0):
            waits[duplicate.command_id] = worker.clock() + AGAIN_SECONDS
            return duplicate
    return None


def _see_to(worker: Worker, duplicate: Duplicate, now: datetime) -> None:
    """Follow the task that PanDA kept if it carries our key; else say whose name it is."""
    context = CallContext(None, duplicate.task_id, duplicate.command_id)
    with worker.calling_for(context) as panda:
        try:
            key = panda.get_task_parameters(duplicate.survivor).get(KEY)
        except TaskNotFound:  # proves nothing: asked for again
            return
    if key != duplicate.key:
        log.error("task %d: PanDA kept task %d, not ours", duplicate.task_id, duplicate.survivor)
        duplicates.note_foreign_namesake(duplicate, now)
        return
    log.info("task %d is PanDA task %d now", duplicate.task_id, duplicate.survivor)
    if not duplicates.adopt_survivor(duplicate, now):
        words = f"PanDA task {duplicate.survivor} belongs to task {duplicate.task_id} and to another one"
        installation.pause_delivery(installation.FOUND_TWICE, words, now)


def _look_for(worker: Worker, watched: Watched, now: datetime) -> None:
    sought = watched.sought
    with worker.calling_for(CallContext(None, sought.task_id, sought.command_id)) as panda:
        look = search if watched.panda_id is None else find_named
        found = look(worker, panda, sought)
    if len(found) > 1 and (watched.panda_id is None or watched.panda_id in found):
        log.error("command %s was found more than once at PanDA: %s", sought.command_id, sorted(found))
        watching.note_found_twice(watched, sorted(found), now)
        words = f"{sought.name}: found more than once at PanDA: {sorted(found)}"
        installation.pause_delivery(installation.FOUND_TWICE, words, now)
    elif found and watched.panda_id is None:
        log.info("command %s turned up as PanDA task %s", sought.command_id, sorted(found))
        delivery.record_acceptance(sought.command_id, found.pop(), now)
