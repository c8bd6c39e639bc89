"""Commands: in which status PanDA accepts them, the one slot each task has, and what they do.

Source: panda-protocol, section 3.2, and panda-observed, section 5. PanDA calls reload_input "incexec".
"""

from app.panda.simulator.task import Task
from app.panda.simulator.world import World

# Seconds of PanDA's usual pace from a command's registration to its execution (10-25 were observed).
SECONDS_TO_EXECUTION = 12.0

_NOT_WHEN_ENDING = frozenset(
    {"finished", "done", "prepared", "broken", "aborted", "toabort", "aborting", "failed"}
)
_REFUSED_IN = {
    "kill": _NOT_WHEN_ENDING,
    "finish": _NOT_WHEN_ENDING,
    "pause": frozenset({"finished", "failed", "done", "aborted", "broken", "paused"}),
}
_ACCEPTED_IN = {
    "retry": frozenset({"finished", "failed", "exhausted"}),
    "incexec": frozenset({"finished", "failed", "aborted", "done", "exhausted"}),
    "resume": frozenset({"paused", "throttled", "staging"}),
    "avalanche": frozenset({"scouting"}),
    "release": frozenset({"scouting", "pending", "running", "ready", "assigning", "defined"}),
    "reassign": frozenset(
        {"defined", "ready", "running", "scouting", "scouted", "pending", "assigning", "exhausted"}
    ),
}
# Read again by the executor: it refuses a little more than the server.
_TOO_LATE = frozenset({"tobroken", "passed"})
_LEADS_TO = {
    "kill": "aborting",
    "finish": "finishing",
    "pause": "paused",
    "retry": "toretry",
    "incexec": "toincexec",
    "avalanche": "running",
    "reassign": "toreassign",
}


def register(world: World, task_id: int, command: str, user: str, is_producer: bool) -> tuple[int, str]:
    """Put a command into the task's slot, over one that still waits there; give PanDA's code and message."""
    if world.is_database_down:
        return 1, "failed to register command"
    name = command.split()[0]
    task = world.find_in_jedi(task_id)
    if task is None:
        return 2, f"jediTaskID={task_id} not found"
    if not _is_accepted(task, name, is_producer):
        return (
            4,
            f"Command rejected: the {name} command is not accepted if the task is in {task.status} status ",
        )
    task.command, task.command_by = command, user
    task.command_at = world.now + world.clock.seconds(SECONDS_TO_EXECUTION)
    world.store.save(task)
    world.store.note_asked(task_id, name)
    return 0, f"command={name} is registered for task ID {task_id}. will be executed in a few minutes"


def execute(task: Task, at: float) -> str | None:
    """Empty the slot; give the status that follows, or None when the task no longer accepts the command."""
    name = (task.command or "").split()[0]
    task.command = task.command_at = None
    if not _is_accepted(task, name, is_producer=True) or task.status in _TOO_LATE:
        return None
    if name in {"kill", "finish", "retry"}:
        task.error_dialog = f"{name} by {task.command_by}"
    return _resume(task) if name == "resume" else _leave(task, name, at)


def _leave(task: Task, name: str, at: float) -> str | None:
    if name == "pause":
        task.old_status = task.status
        task.seconds_left = (task.step_at or at) - at if task.status == "running" else 0.0
    if name in {"retry", "incexec"}:
        task.old_status, task.outcome, task.ended_at = task.status, "done", None
        task.attempt += 1
        task.n_failed = task.n_bad = 0
    # `release` skips the staging of input, which the simulator does not have.
    return _LEADS_TO.get(name)


def _resume(task: Task) -> str:
    status, task.old_status = task.old_status or "ready", None
    # The parent may have ended while the child was paused: it is asked again.
    return "rerefine" if status == "pending" else status


def _is_accepted(task: Task, name: str, is_producer: bool) -> bool:
    if name in _REFUSED_IN:
        return task.status not in _REFUSED_IN[name]
    return task.status in _ACCEPTED_IN[name] and (is_producer or task.status != "exhausted")
