"""Read back what PanDA stored of an accepted task: our key and our production role must be in it."""

import json
from datetime import datetime

from app.models import PandaCommand
from app.panda.errors import TaskNotFound
from app.services import installation, verifying
from app.services.calls import CallContext
from jobs.worker import Worker, log

# What must be the same in PanDA's copy; a token without production role is changed to "anal" silently.
COMPARED = ("ticketID", "taskName", "taskType", "prodSourceLabel", "userName", "uniqueTaskName")


def verify_next(worker: Worker, now: datetime) -> bool:
    """Read back the parameters of the next accepted task; True if there may be more.

    A difference pauses delivery: what was sent is not what PanDA keeps.
    """
    command = verifying.next_unverified(worker.memory.get("verified_up_to", 0))
    if command is None or command.task.panda_id is None:
        worker.memory["verified_up_to"] = 0
        return False
    task_id, panda_id = command.task_id, command.task.panda_id
    worker.memory["verified_up_to"] = task_id
    with worker.calling_for(CallContext(None, task_id, command.id)) as panda:
        try:
            stored = panda.get_task_parameters(panda_id)
        except TaskNotFound:
            return True  # proves nothing: asked again in the next round
    differences = _differences(command, stored)
    if differences:
        words = f"PanDA task {panda_id} was stored with other values: {', '.join(differences)}"
        log.error(words)
        installation.pause_delivery(installation.READ_BACK, words, now)
    else:
        verifying.record_verified(task_id, now)
    return True


def _differences(command: PandaCommand, stored: dict[str, object]) -> list[str]:
    sent = json.loads(command.payload or "{}")
    return [
        f"{key}={stored.get(key)!r} (sent {sent.get(key)!r})"
        for key in COMPARED
        if stored.get(key) != sent.get(key)
    ]
