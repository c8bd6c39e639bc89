"""Read back what PanDA stored of an accepted task: our key and our production role must be in it."""

import json
from collections.abc import Mapping
from datetime import datetime

from app.panda.errors import TaskNotFound
from app.services import installation, verifying
from app.services.calls import CallContext
from app.services.verifying import ToVerify
from jobs.worker import Worker, log

# What must be the same in PanDA's copy; a token without production role is changed to "anal" silently.
COMPARED = ("ticketID", "taskName", "taskType", "prodSourceLabel", "userName", "uniqueTaskName")
# A task that PanDA does not find is asked for again after this long, seconds.
AGAIN_SECONDS = 60.0


def verify_next(worker: Worker, now: datetime) -> bool:
    """Read back the parameters of the next accepted task; True if there may be more.

    A difference pauses delivery: what was sent is not what PanDA keeps.
    """
    task = verifying.next_unverified(worker.memory.get("verified_up_to", 0))
    if task is None:
        worker.memory["verified_up_to"] = 0
        return False
    worker.memory["verified_up_to"] = task.task_id
    waits: dict[int, float] = worker.memory.setdefault("waits", {})
    if worker.clock() < waits.get(task.task_id, 0.0):
        return True
    with worker.calling_for(CallContext(None, task.task_id, task.command_id)) as panda:
        try:
            stored = panda.get_task_parameters(task.panda_id)
        except TaskNotFound:  # proves nothing
            waits[task.task_id] = worker.clock() + AGAIN_SECONDS
            return True
    _judge(waits, task, stored, now)
    return True


def _judge(waits: dict[int, float], task: ToVerify, stored: Mapping[str, object], now: datetime) -> None:
    differences = _differences(json.loads(task.payload), stored)
    if not differences:
        verifying.record_verified(task.task_id, now)
        waits.pop(task.task_id, None)
        return
    words = f"PanDA task {task.panda_id} was stored with other values: {', '.join(differences)}"
    log.error(words)
    installation.pause_delivery(installation.READ_BACK, words, now)
    # Said once: whoever lifts the pause has seen it.
    waits[task.task_id] = float("inf")


def _differences(sent: Mapping[str, object], stored: Mapping[str, object]) -> list[str]:
    return [
        f"{key}={stored.get(key)!r} (sent {sent.get(key)!r})"
        for key in COMPARED
        if stored.get(key) != sent.get(key)
    ]
