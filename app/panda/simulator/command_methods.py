"""PanDA's `task` group: submission, commands and changes. All are POST."""

import json
from typing import Any

from app.panda.simulator import jedi, orders, submission
from app.panda.simulator.answers import attributes
from app.panda.simulator.methods import TASK_NOT_FOUND, Call, method
from app.panda.simulator.protocol import Answer
from app.panda.simulator.task import Task

_CHANGEABLE = ["ramCount", "wallTime", "cpuTime", "coreCount"]
_SPLIT_RULES = "AI TW EC ES MF NG NI NF NJ AV IL LI LC CC OT UZ IM NP".split()  # noqa: SIM905


@method("task/submit", "POST")
def submit(call: Call, task_parameters: dict[str, Any], parent_tid: int | None = None) -> Answer:
    """Register a task. data: the id, of the old task after a reactivation; PanDA's code after a refusal."""
    code, message = submission.submit(call.world, call.identity, task_parameters, parent_tid)
    if code not in {0, 3}:
        return Answer(False, message, code)
    return Answer(True, message, int(message.split("jediTaskID=")[1].split()[0]))


def _command(call: Call, task_id: int, command: str) -> Answer:
    who = call.identity
    code, message = orders.register(call.world, task_id, command, who.user_name, who.is_producer)
    return Answer(code == 0, message, code)


@method("task/kill", "POST", owner=True)
def kill(call: Call, task_id: int, broadcast: bool = False) -> Answer:
    return _command(call, task_id, "kill")


@method("task/finish", "POST", owner=True)
def finish(call: Call, task_id: int, soft: bool = False, broadcast: bool = False) -> Answer:
    return _command(call, task_id, "finish")


@method("task/retry", "POST", owner=True)
def retry(
    call: Call,
    task_id: int,
    new_parameters: dict[str, Any] | str | None = None,
    no_child_retry: bool = False,
    discard_events: bool = False,
    disable_staging_mode: bool = False,
    keep_gshare_priority: bool = False,
    ignore_hard_exhausted: bool = False,
) -> Answer:
    """Run failed jobs again; with new parameters submit a new task.

    success is true whatever happens: data is the code.
    """
    if new_parameters:
        old = call.find_in_jedi(task_id)
        new = json.loads(new_parameters) if isinstance(new_parameters, str) else new_parameters
        return submit(call, old.parameters | new)
    answer = _command(call, task_id, "retry no_child_retry" if no_child_retry else "retry")
    return Answer(True, answer.message, answer.data)


@method("task/reload_input", "POST")
def reload_input(call: Call, task_id: int, ignore_hard_exhausted: bool = False) -> Answer:
    return _command(call, task_id, "incexec")


@method("task/pause", "POST", producer=True)
def pause(call: Call, task_id: int) -> Answer:
    return _command(call, task_id, "pause")


@method("task/resume", "POST", producer=True)
def resume(call: Call, task_id: int) -> Answer:
    return _command(call, task_id, "resume")


@method("task/release", "POST", producer=True)
def release(call: Call, task_id: int) -> Answer:
    return _command(call, task_id, "release")


@method("task/avalanche", "POST", producer=True)
def avalanche(call: Call, task_id: int) -> Answer:
    return _command(call, task_id, "avalanche")


@method("task/reassign", "POST")
def reassign(
    call: Call,
    task_id: int,
    site: str | None = None,
    cloud: str | None = None,
    nucleus: str | None = None,
    mode: str | None = None,
) -> Answer:
    return _command(call, task_id, "reassign")


@method("task/reactivate", "POST", producer=True)
def reactivate(
    call: Call, task_id: int, keep_attempt_nr: bool = False, trigger_job_generation: bool = False
) -> Answer:
    """Force a task to `ready` whatever its status; answers success for an unknown one too."""
    task = call.world.find_in_jedi(task_id)
    count = task.n_files if task else 0
    if task is not None:
        task.n_finished = task.n_failed = 0
        jedi.enter(call.world, task, "ready", call.world.now)
        call.world.store.save(task)
    return Answer(True, f"updated {count} inputs and task {task_id} was reactivated ", 0)


@method("task/increase_attempts", "POST", producer=True)
def increase_attempts(call: Call, task_id: int, increase: int) -> Answer:
    if increase < 0:
        return Answer(False, f"increase must be a positive integer, got {increase}")
    task = call.world.find_in_jedi(task_id)
    if task is None:
        return Answer(False, f"jediTaskID={task_id} not found", 1)
    return Answer(True, f"increased attemptNr for {task.n_files} inputs", 0)


@method("task/change_priority", "POST", producer=True)
def change_priority(call: Call, task_id: int, priority: int) -> Answer:
    """Change the current priority at once. For a fresh task it says "not found" and does it all the same."""
    task = call.world.find(task_id)
    if task is not None:
        task.current_priority = priority
        call.world.store.save(task)
        call.world.store.note_asked(task_id, "change_priority")
    return _changed(task if task is not None and task.is_known_to_jedi else None)


@method("task/change_attribute", "POST", producer=True)
def change_attribute(call: Call, task_id: int, attribute_name: str, value: int) -> Answer:
    if attribute_name not in _CHANGEABLE:
        return Answer(False, f"{attribute_name} is not a valid attribute. Valid attributes are {_CHANGEABLE}")
    shown_as = "walltime" if attribute_name == "wallTime" else attribute_name
    return _change(call, task_id, {shown_as: value})


@method("task/change_split_rule", "POST", producer=True)
def change_split_rule(call: Call, task_id: int, attribute_name: str, value: str) -> Answer:
    if attribute_name not in _SPLIT_RULES:
        message = f"{attribute_name} is not a valid attribute. Valid attributes are {_SPLIT_RULES}"
        return Answer(False, message, 2)
    task = call.find_in_jedi(task_id)
    rule = f"{attributes(task)['splitRule']},{attribute_name}={value}"
    return _change(call, task_id, {"splitRule": rule})


@method("task/change_modification_time", "POST", producer=True)
def change_modification_time(call: Call, task_id: int, hour_offset: int) -> Answer:
    task = call.world.find_in_jedi(task_id)
    if task is not None:
        task.modified_at = call.world.now + 3600 * hour_offset
        call.world.store.save(task)
    return _changed(task)


def _change(call: Call, task_id: int, changes: dict[str, Any]) -> Answer:
    task = call.world.find_in_jedi(task_id)
    if task is not None:
        task.changes |= changes
        call.world.store.save(task)
    return _changed(task)


def _changed(task: Task | None) -> Answer:
    return Answer(False, TASK_NOT_FOUND) if task is None else Answer(True, "1 tasks changed")
