"""Grid jobs and files of a task, as far as they can be told from its counts."""

from typing import Any

from app.panda.simulator import details
from app.panda.simulator.methods import Call, method
from app.panda.simulator.protocol import Answer, Refusal
from app.panda.simulator.task import Task, progress

_NO_DATA = "No data found for the task"


@method("task/get_job_ids", "GET")
def get_job_ids(call: Call, task_id: int) -> Answer:
    task = call.world.find_in_jedi(task_id)
    return Answer(True, data=details.job_ids(task) if task else [])


@method("task/get_datasets_and_files", "GET")
def get_datasets_and_files(
    call: Call,
    task_id: int,
    dataset_types: list[str] = ["input", "pseudo_input"],  # noqa: B006  never changed
) -> Answer:
    """List the datasets of these types with their files."""
    task = call.find_in_jedi(task_id, _NO_DATA)
    found = [
        {"dataset": {"name": name, "id": number}, "files": _files(task, template, number, call.world.now)}
        for number, (name, kind, template) in enumerate(_datasets(task), start=1)
        if kind in dataset_types
    ]
    if not found:
        raise Refusal(_NO_DATA)
    return Answer(True, data=found)


def _datasets(task: Task) -> list[tuple[str, str, str]]:
    return [("pseudo_dataset", "pseudo_input", "pseudo_lfn"), *details.output_datasets(task)]


def _files(task: Task, template: str, number: int, now: float) -> list[dict[str, Any]]:
    return [
        {
            "lfn": template.replace("${SN}", f"{serial:06d}"),
            "scope": None,
            "id": number * 1_000_000 + serial,
            "status": _job_status(task, serial, now),
        }
        for serial in range(1, task.n_files + 1)
    ]


def _job_status(task: Task, serial: int, now: float) -> str:
    """Count through the jobs: first the good ones, then the failed, the rest still goes on."""
    done = progress(task, now)
    if serial <= done.finished:
        return "finished"
    if serial <= done.finished + done.failed:
        return "failed"
    return "running" if task.run_started_at is not None else "ready"
