"""How PanDA shows a task: the objects of its queries, key by key as recorded."""

import uuid
from typing import Any

from app.panda.simulator.protocol import moment
from app.panda.simulator.task import Task, count_jobs, progress

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


def attributes(task: Task, now: float) -> dict[str, Any]:
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
    done, refined = progress(task, now), _refine(task.parameters)
    is_refined = task.jedi_name == task.task_name
    values = [str(item.get("value", "")) for item in refined["jobParameters"]] if is_refined else []
    return attributes(task, now) | {
        "job_execution_params": " ".join(values) or None,
        "task_creation_arguments": task.parameters.get("cliParams"),
        "raw_task_params": refined if is_refined else task.parameters,
        "nFiles": done.files,
        "nFilesFinished": done.finished,
        "nFilesFailed": done.failed,
        "nFilesMissing": 0,
        "pctFinished": 100 * done.finished // max(1, done.files),
        "pctFailed": 100 * done.failed // max(1, done.files),
    }


def details(task: Task | None, now: float, with_parameters: bool, with_status: bool) -> dict[str, Any]:
    """Show a task as get_details does: empty fields, not an error, for one JEDI does not know."""
    shown: dict[str, Any] = {"inDS": "", "outDS": "", "statistics": "", "PandaID": []}
    shown |= {"mergeStatus": None, "mergePandaID": []}
    if task is None:
        return shown
    if task.n_files:
        shown |= {
            "outDS": ",".join(name for name, _, _ in output_datasets(task)),
            "statistics": _statistics(task, now),
            "PandaID": job_ids(task),
        }
        shown["inDS"] = "pseudo_dataset" if task.parameters.get("noInput") else ""
    if with_status:
        shown["status"] = task.status
    if with_parameters:
        shown["cliParams"] = task.parameters.get("cliParams", "")
    return shown


def job_ids(task: Task) -> list[int]:
    """Number the grid jobs of the last attempt; they exist once the task has run."""
    has_jobs = task.run_started_at is not None or task.n_finished or task.n_failed
    count = task.n_files or count_jobs(task.parameters)
    return [task.id * 1_000_000 + serial for serial in range(1, count + 1)] if has_jobs else []


def output_datasets(task: Task) -> list[tuple[str, str, str]]:
    """List (dataset, type, file template) of outputs and logs."""
    log = task.parameters.get("log", [])
    items = [*task.parameters.get("jobParameters", []), *(log if isinstance(log, list) else [log])]
    return [
        (item["dataset"], item["param_type"], str(item.get("value", "")).rpartition("=")[2])
        for item in items
        if item.get("param_type") in {"output", "log"} and "dataset" in item
    ]


def _statistics(task: Task, now: float) -> str:
    done = progress(task, now)
    rest = done.files - done.finished - done.failed
    parts = {"finished": done.finished, "failed": done.failed}
    parts["picked" if task.run_started_at is not None else "ready"] = rest
    return ",".join(f"{name}*{count}" for name, count in parts.items() if count)


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
