"""Look for tasks whose answer was lost: they may run at PanDA or not."""

from datetime import datetime

from app.models import PandaCommand
from app.panda.client import PandaClient
from app.panda.errors import TaskNotFound
from app.services import delivery, installation, lost
from app.services.calls import CallContext
from jobs.worker import Worker, log


def reconcile_next(worker: Worker, now: datetime) -> bool:
    """Look for the next lost task at PanDA; True if there may be more.

    Found once: it is ours. Found more often: a person decides. Not found counts only if a later task of
    ours, which must be there, is found in the same way.
    """
    command = lost.next_lost(now)
    if command is None or command.payload is None:
        return False
    rules = lost.search_rules_from(worker.config)
    # First put it off: a search that fails must not block the others.
    lost.put_off(command.id, now + rules.every)
    control = lost.control_for(command)
    with worker.calling_for(CallContext(None, command.task_id, command.id)) as panda:
        found = _search(worker, panda, command)
        had_control = control is not None and bool(_find_by_key(panda, control.key))
    _decide(worker, command.id, found, had_control, now)
    return True


def _decide(worker: Worker, command_id: int, found: set[int], had_control: bool, now: datetime) -> None:
    if len(found) > 1:
        words = f"command {command_id} is at PanDA more than once: {sorted(found)}"
        log.error(words)
        lost.hold_found_twice(command_id, sorted(found), worker.epoch, now)
        installation.pause_delivery(installation.FOUND_TWICE, words, now)
    elif found:
        panda_id = found.pop()
        log.info("command %s was found as PanDA task %s", command_id, panda_id)
        delivery.record_acceptance(command_id, panda_id, now)
    else:
        rules = lost.search_rules_from(worker.config)
        lost.record_not_found(command_id, had_control, rules, worker.epoch, now)


def _search(worker: Worker, panda: PandaClient, command: PandaCommand) -> set[int]:
    """Return every PanDA task that carries our key: by ticketID and by name once JEDI has named it, and in
    the parameters of the ids above the highest one known when it was sent."""
    candidates = _find_by_key(panda, command.key) | _find_by_name(worker, panda, command.task.name)
    found = {panda_id for panda_id in candidates if _has_key(panda, panda_id, command.key)}
    if found:
        return found
    first = (command.low_id or 0) + 1
    window = range(first, first + worker.config["RECONCILE_ID_WINDOW"])
    return {panda_id for panda_id in window if _has_key(panda, panda_id, command.key)}


def _find_by_key(panda: PandaClient, key: str) -> set[int]:
    # "NOT NULL" lifts PanDA's restriction to the caller's own user name.
    return {
        info.task_id for info in panda.tasks_detailed_info_since({"ticketID": key, "userName": "NOT NULL"})
    }


def _find_by_name(worker: Worker, panda: PandaClient, name: str) -> set[int]:
    filters = {"taskName": name, "userName": worker.config["PANDA_USER_NAME"]}
    return {info.task_id for info in panda.tasks_detailed_info_since(filters)}


def _has_key(panda: PandaClient, panda_id: int, key: str) -> bool:
    try:
        return panda.get_task_parameters(panda_id).get("ticketID") == key
    except TaskNotFound:
        return False
