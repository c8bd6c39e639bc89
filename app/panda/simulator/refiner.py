"""JEDI's refiner: judges the parameters, the name and the parent of a fresh task."""

from typing import Any

from app.panda.simulator.task import Task
from app.panda.simulator.world import World

# Without these JEDI cannot define a task (panda-protocol, section 2.1); transPath has a default.
MANDATORY = ("processingType", "architecture", "transUses", "transHome", "jobParameters")
# Widths of JEDI_TASKS columns (panda-protocol, section 1.8): too long a value breaks the task.
WIDTHS = {
    "cloud": 10,
    "site": 60,
    "workingGroup": 32,
    "campaign": 32,
    "processingType": 64,
    "architecture": 256,
    "transUses": 64,
    "transHome": 128,
    "transPath": 128,
    "container_name": 200,
    "ticketID": 50,
    "framework": 50,
}


def refine(world: World, task: Task, at: float) -> str:
    """Say the next status: defined, pending, toabort for a burnt name, tobroken for bad parameters."""
    reason = _find_defect(task.parameters)
    if reason is not None or task.outcome == "broken":
        task.error_dialog = reason or "task definition does not match any global share"
        return "tobroken"
    task.jedi_name, task.jedi_user = task.task_name, task.user_name
    if task.is_unique and (others := _namesakes(world, task)):
        task.error_dialog = f"toabort since there is duplicated task -> jediTaskID={others[0].id}"
        task.jedi_name = None
        return "toabort"
    return ask_parent(world, task, at)


def ask_parent(world: World, task: Task, at: float) -> str:
    """Say `defined` when the parent allows it, `pending` while it runs, `tobroken` when it cannot come."""
    task.error_dialog = None
    if not task.has_parent:
        return "defined"
    parent = world.store.find(task.parent_id)
    # A parent of the same kind that still waits is taken in the same sweep, before its child.
    is_known = parent is not None and (parent.is_known_to_jedi or _is_same_kind(parent, task))
    if parent is None or not is_known or parent.status in {"failed", "broken", "aborted"}:
        task.error_dialog = f"parent task {task.parent_id} failed to complete"
        return "tobroken"
    if parent.status in {"done", "finished"} or task.parameters.get("noWaitParent") is True:
        return "defined"
    task.error_dialog = f"pending until parent task {task.parent_id} is done"
    return "pending"


def _is_same_kind(one: Task, other: Task) -> bool:
    return (one.vo, one.label) == (other.vo, other.label)


def _namesakes(world: World, task: Task) -> list[Task]:
    """Find tasks of the same user and name in any status: a name once used is burnt."""
    condition = "jedi_name = ? AND jedi_user = ? AND id != ? ORDER BY id"
    return list(world.store.select(condition, [task.task_name, task.user_name, task.id]))


def _find_defect(parameters: dict[str, Any]) -> str | None:
    for key in MANDATORY:
        if key not in parameters:
            return f"failed to extract common parameters with KeyError '{key}'"
    if not _are_objects(parameters["jobParameters"]):
        return "failed to extract common parameters : jobParameters is not a list of objects"
    for key, width in WIDTHS.items():
        if len(str(parameters.get(key) or "")) > width:
            return f"value too long for type character varying({width}) : {key}"
    return None


def _are_objects(items: Any) -> bool:
    return isinstance(items, list) and all(isinstance(item, dict) for item in items)
