"""How PanDA shows a task: the objects of its queries, key by key as recorded."""

import uuid
from typing import Any

from app.panda.simulator.protocol import moment
from app.panda.simulator.task import Task, progress

# Attributes of JEDI_Tasks that the simulator never fills (panda-protocol, section 1.8).
_EMPTY = (  # noqa: SIM905  a list would take a line for each
    "frozenTime lockedBy termCondition walltimeUnit outDiskUnit workDiskUnit ioIntensity "
    "ioIntensityUnit progress failureRate countryGroup mergeRamCount mergeRamUnit mergeWalltime "
    "mergeWalltimeUnit throttledTime numThrottled mergeCoreCount goal nucleus ttcRequested ttcPredicted "
    "ttcPredictionDate rescueTime useJumbo diskIO diskIOUnit memory_leak_core memory_leak_x2 queuedTime "
    "actionTime"
).split()
_FIXED: dict[str, Any] = {
    "eventService": 0,
    "outDiskCount": 0,
    "workDiskCount": 0,
    "baseWalltime": 600,
    "baseRamCount": 0,
    "cpuEfficiency": 90,
    "workQueue_ID": 12,
    "gshare": "root",
    "resource_type": "Undefined",
    "requestType": uuid.uuid5(uuid.NAMESPACE_OID, "requestType").hex,
}
# Parameters that are columns under their own name, and what JEDI puts where they are missing.
_FROM_PARAMETERS: dict[str, Any] = {
    "workingGroup": None,
    "coreCount": 1,
    "processingType": None,
    "transUses": None,
    "transHome": None,
    "transPath": None,
    "walltime": 0,
    "ramCount": 2000,
    "ramUnit": None,
    "cloud": None,
    "site": None,
    "campaign": None,
    "cpuTime": 0,
    "cpuTimeUnit": None,
    "container_name": None,
    "framework": None,
    "ticketSystemType": None,
}
_SPLIT_RULES = (
    "nFilesPerJob",
    "nEventsPerJob",
    "disableAutoRetry",
    "pushStatusChanges",
    "cloudAsVO",
    "messageDriven",
)
_ADDED_BY_JEDI = {"pushStatusChanges": True, "messageDriven": True, "cloudAsVO": True}
_SUPER = {"scouting": "submitting", "toincexec": "done", "toretry": "running"}


def brief(task: Task) -> dict[str, Any]:
    """Show a task as get_tasks_modified_since does."""
    parameters = task.parameters
    return {
        "jediTaskID": task.id,
        "modificationTime": moment(task.modified_at),
        "status": task.status,
        "processingType": parameters.get("processingType"),
        "transUses": parameters.get("transUses"),
        "transHome": parameters.get("transHome"),
        "architecture": _architecture(task),
        "reqID": parameters.get("reqID", task.id),
        "creationDate": moment(task.created_at),
        "site": parameters.get("site"),
        "cloud": parameters.get("cloud"),
        "taskName": task.jedi_name,
    }


def attributes(task: Task) -> dict[str, Any]:
    """Show the columns of JEDI_Tasks: what the filters of get_tasks_detailed_info_since compare."""
    runs_now = task.status in {"running", "ready", "scouting"}
    return {
        **dict.fromkeys(_EMPTY),
        **_FIXED,
        **{key: task.parameters.get(key, default) for key, default in _FROM_PARAMETERS.items()},
        **brief(task),
        "userName": task.jedi_user,
        "vo": task.vo,
        "prodSourceLabel": task.label,
        "taskType": task.task_type,
        "taskPriority": task.priority,
        "currentPriority": task.current_priority,
        "parent_tid": task.parent_id,
        "ticketID": task.ticket_id,
        "oldStatus": task.old_status,
        "superStatus": _SUPER.get(task.status, task.status),
        "errorDialog": task.error_dialog,
        "attemptNr": task.attempt,
        "startTime": moment(task.started_at),
        "endTime": moment(task.ended_at),
        "stateChangeTime": moment(task.state_changed_at),
        "lockedTime": moment(task.ended_at),
        "assessmentTime": None,
        "activatedTime": moment(task.state_changed_at if runs_now else None),
        "splitRule": _split_rule(task.parameters),
        **task.changes,
    }


def detailed(task: Task, now: float) -> dict[str, Any]:
    """Show a task as get_detailed_info does: all columns, the parameters as JEDI rewrote them, the counts."""
    done = progress(task, now)
    # Tasks that the refiner has turned away keep the map as it came.
    is_refined = task.jedi_name == task.task_name
    shown = _refine(task.parameters) if is_refined else task.parameters
    values = [str(item.get("value", "")) for item in shown["jobParameters"]] if is_refined else []
    return attributes(task) | {
        "job_execution_params": " ".join(values) or None,
        "task_creation_arguments": task.parameters.get("cliParams"),
        "raw_task_params": shown,
        "nFiles": done.files,
        "nFilesFinished": done.finished,
        "nFilesFailed": done.failed,
        "nFilesMissing": 0,
        "pctFinished": 100 * done.finished // max(1, done.files),
        "pctFailed": 100 * done.failed // max(1, done.files),
    }


def _architecture(task: Task) -> str:
    return task.parameters.get("architecture") or "{}"


def _split_rule(parameters: dict[str, Any]) -> str:
    known = parameters | dict.fromkeys(_ADDED_BY_JEDI, 1)
    return ",".join(f"{key}={known[key]}" for key in _SPLIT_RULES if key in known)


def _refine(parameters: dict[str, Any]) -> dict[str, Any]:
    """Rewrite the map as JEDI does: file templates become ${OUTPUT0}, ${LOG0} and so on."""
    counts = {"output": 0, "log": 0}

    def rewrite(item: dict[str, Any]) -> dict[str, Any]:
        kind = item.get("param_type", "")
        if kind not in counts:
            return item
        counts[kind] += 1
        head, equals, _ = str(item.get("value", "")).rpartition("=")
        return item | {"value": f"{head}{equals}${{{kind.upper()}{counts[kind] - 1}}}"}

    refined = parameters | {"jobParameters": [rewrite(item) for item in parameters.get("jobParameters", [])]}
    if isinstance(parameters.get("log"), dict):
        refined["log"] = rewrite(parameters["log"])
    return refined | _ADDED_BY_JEDI
