"""What PanDA tells of a task's datasets and grid jobs, as far as it follows from the counts."""

from typing import Any

from app.panda.simulator.task import Task, count_jobs, progress


def details(task: Task | None, now: float, with_parameters: bool, with_status: bool) -> dict[str, Any]:
    """Show a task as get_details does: empty fields, not an error, for one JEDI does not know."""
    shown: dict[str, Any] = {"inDS": "", "outDS": "", "statistics": "", "PandaID": []}
    shown |= {"mergeStatus": None, "mergePandaID": []}
    if task is None:
        return shown
    if task.n_files:
        shown |= {
            "inDS": "pseudo_dataset" if task.parameters.get("noInput") else "",
            "outDS": ",".join(name for name, _, _ in output_datasets(task)),
            "statistics": _statistics(task, now),
            "PandaID": job_ids(task),
        }
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
