"""JEDI: moves the tasks in time.

No thread runs. Each task knows when its next event is due; a request first carries out all events that are
due by now, in the order of their moments. So the same clock gives the same states, however often one asks.
Paces are those of panda/timelines.txt: not found, 8 s defined, 14 s ready, 18 s running, 32 s done.
"""

import math
import uuid
from collections.abc import Callable

from app.panda.simulator import orders, refiner
from app.panda.simulator.task import FINAL, Progress, Task, count_jobs, progress, progress_at
from app.panda.simulator.world import World

# Seconds of PanDA's usual pace until the step after this status.
SECONDS_IN = {
    "registered": 2.0,
    "defined": 6.0,
    "ready": 4.0,
    "scouting": 4.0,
    "aborting": 4.0,
    "toabort": 4.0,
    "tobroken": 2.0,
    "finishing": 5.0,
    "passed": 2.0,
    "toretry": 4.0,
    "toincexec": 4.0,
    "rerefine": 4.0,
    "toreassign": 4.0,
}
# JEDI sets modificationTime back by this much when it generates jobs, seconds; it is no clock.
BACK_DATED_SECONDS = 3600.0
NEXT = {
    "aborting": "toabort",
    "toreassign": "ready",
    "toretry": "ready",
    "toincexec": "rerefine",
    "finishing": "passed",
}


def catch_up(world: World) -> None:
    """Carry out everything that is due by now."""
    down = world.faults.standing("jedi_down")
    until = world.now if down is None else min(world.now, down.options["since"])
    while (task := world.store.next_due(until)) is not None:
        _carry_out(world, task)
        world.store.save(task)


def wake_up(world: World) -> None:
    """Start again after JEDI was down: what was missed is due now."""
    for column in ("step_at", "command_at"):
        world.store.connection.execute(
            f"UPDATE task SET {column} = ? WHERE {column} < ?",  # nosec B608  # noqa: S608  one of the two names above
            [world.now, world.now],
        )


def _carry_out(world: World, task: Task) -> None:
    if task.command_at is not None and (task.step_at is None or task.command_at <= task.step_at):
        at, command = task.command_at, task.command or ""
        status = orders.execute(task, at)
        if status is not None:
            enter(world, task, status, at)
        if status == "toretry" and "no_child_retry" not in command:
            _run_children_again(world, task, at)
    else:
        at, task.step_at = task.step_at or world.now, None
        enter(world, task, _STEPS.get(task.status, _follow)(world, task, at), at)


def enter(world: World, task: Task, status: str, at: float) -> None:
    """Put the task into a status at a moment and set its next event."""
    if task.run_started_at is not None:
        _settle(task, progress(task, at))
    task.status = status
    task.state_changed_at = task.modified_at = at
    task.step_at = at + world.clock.seconds(SECONDS_IN[status]) if status in SECONDS_IN else None
    if status == "running":
        _start_running(world, task, at)
    if status == "rerefine":
        task.n_failed = 0
    if status in FINAL:
        _end(world, task, at)


def _register(world: World, task: Task, at: float) -> str:
    # Until it is refined, JEDI's row carries a random name and the user `tobeset`.
    task.jedi_name, task.jedi_user = str(uuid.uuid5(uuid.NAMESPACE_OID, str(task.id))), "tobeset"
    task.started_at = at
    return "registered"


def _follow(world: World, task: Task, at: float) -> str:
    return NEXT[task.status]


def _make_ready(world: World, task: Task, at: float) -> str:
    task.n_files = count_jobs(task.parameters)
    if task.attempt == 0:
        task.n_bad = {"finished": math.ceil(task.n_files / 2), "failed": task.n_files}.get(task.outcome, 0)
    return "ready"


def _activate(world: World, task: Task, at: float) -> str:
    # The mere presence of skipScout, even as false, leaves the scout jobs out.
    return "running" if "skipScout" in task.parameters or task.attempt else "scouting"


def _start_running(world: World, task: Task, at: float) -> None:
    if task.seconds_left:
        task.run_seconds, task.seconds_left = task.seconds_left, 0.0
    else:
        todo = task.n_files - task.n_finished - task.n_failed
        task.run_seconds = world.clock.seconds(12 + 15 * math.log10(max(1, todo / 10)))
    task.run_started_at = at
    task.step_at = at + task.run_seconds * (0.5 if task.outcome == "exhausted" else 1)
    task.modified_at = at - BACK_DATED_SECONDS


def _end_run(world: World, task: Task, at: float) -> str:
    # The share is said, not computed: a rounding error would leave a job undone.
    is_exhausted = task.outcome == "exhausted"
    _settle(task, progress_at(task, 0.5 if is_exhausted else 1.0))
    if is_exhausted:
        task.error_dialog = "exhausted since too many jobs were lost"
        return "exhausted"
    return _conclude(world, task, at)


def _settle(task: Task, done: Progress) -> None:
    """Write down what the run has reached; it does not go on from here."""
    task.n_bad -= done.failed - task.n_failed
    task.n_finished, task.n_failed = done.finished, done.failed
    task.run_started_at = None


def _conclude(world: World, task: Task, at: float) -> str:
    parent = world.store.find(task.parent_id) if task.has_parent else None
    if task.n_finished == 0 or (parent is not None and parent.status == "failed"):
        return "failed"
    # A child is only `finished` while its parent is not `done`, even with every job good.
    is_whole = task.n_finished == task.n_files and (parent is None or parent.status == "done")
    return "done" if is_whole else "finished"


def _end(world: World, task: Task, at: float) -> None:
    task.ended_at, task.outcome, task.n_bad, task.seconds_left = at, "done", 0, 0.0
    task.command = task.command_at = task.step_at = None
    for child in world.store.children(task):
        if child.is_final or not child.is_known_to_jedi:
            continue
        if task.status in {"failed", "broken", "aborted"}:
            child.error_dialog = f"parent task {task.id} failed to complete"
            enter(world, child, "toabort", at)
        elif child.status == "pending":
            child.step_at = at + world.clock.seconds(SECONDS_IN["registered"])
        world.store.save(child)


def _run_children_again(world: World, task: Task, at: float) -> None:
    for child in world.store.children(task):
        if child.status in {"done", "finished", "exhausted"}:
            child.attempt += 1
            enter(world, child, "toincexec", at)
            world.store.save(child)


_STEPS: dict[str, Callable[[World, Task, float], str]] = {
    "waiting": _register,
    "registered": refiner.refine,
    "pending": refiner.ask_parent,
    "rerefine": refiner.ask_parent,
    "defined": _make_ready,
    "ready": _activate,
    "scouting": lambda world, task, at: "running",
    "running": _end_run,
    "passed": _conclude,
    "toabort": lambda world, task, at: "aborted",
    "tobroken": lambda world, task, at: "broken",
}
