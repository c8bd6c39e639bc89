"""A task as the simulated PanDA keeps it: the row of T_TASK and, once JEDI has taken it, of JEDI_Tasks."""

from dataclasses import dataclass, field
from typing import Any

WAITING = "waiting"

# Words of panda-docs, terminology.rst; `exhausted` waits for an operator and is not final.
FINAL = frozenset({"done", "finished", "failed", "aborted", "broken"})
# A task in one of these will never run again, so its name is free of double work.
DEAD = frozenset({"aborted", "aborting", "toabort", "broken", "tobroken"})
# Statuses counted by PanDA's limit of active tasks per user.
ACTIVE = frozenset({WAITING, "registered", "defined", "ready", "scouting", "running", "paused", "throttled"})


@dataclass
class Task:
    """One task. Moments are seconds since 1970 of the simulator's clock, UTC.

    task_name and user_name are what was submitted; jedi_name and jedi_user are what the queries see: None
    while JEDI has not taken the task, a placeholder while `registered`, and None again for a duplicate.
    n_finished and n_failed are the figures at run_started_at (or now, when nothing runs); `progress` adds
    what the run has done since. n_bad is the number of jobs that will fail in this run.
    """

    id: int
    parameters: dict[str, Any]
    task_name: str
    user_name: str
    vo: str
    label: str
    task_type: str
    parent_id: int
    priority: int
    current_priority: int
    created_at: float
    ticket_id: str | None = None
    jedi_name: str | None = None
    jedi_user: str | None = None
    status: str = WAITING
    old_status: str | None = None
    error_dialog: str | None = None
    state_changed_at: float = 0.0
    modified_at: float = 0.0
    started_at: float | None = None
    ended_at: float | None = None
    # When the next change of status is due; None when nothing happens by itself.
    step_at: float | None = None
    # PanDA has one command slot per task.
    command: str | None = None
    command_by: str | None = None
    command_at: float | None = None
    outcome: str = "done"
    n_files: int = 0
    n_finished: int = 0
    n_failed: int = 0
    n_bad: int = 0
    run_started_at: float | None = None
    run_seconds: float = 0.0
    # Seconds that were left of the status the task was paused in.
    seconds_left: float = 0.0
    attempt: int = 0
    # Attributes set by change_attribute and change_split_rule.
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def is_known_to_jedi(self) -> bool:
        return self.status != WAITING

    @property
    def is_final(self) -> bool:
        return self.status in FINAL

    @property
    def is_alive(self) -> bool:
        return self.status not in DEAD

    @property
    def has_parent(self) -> bool:
        """Root tasks carry their own id as parent_tid."""
        return self.parent_id != self.id

    @property
    def is_unique(self) -> bool:
        return bool(self.parameters.get("uniqueTaskName"))


@dataclass(frozen=True)
class Progress:
    """Input files of a task, which are its jobs for tasks without input."""

    files: int
    finished: int
    failed: int


def progress(task: Task, now: float) -> Progress:
    """Give the figures at `now`."""
    if task.status != "running" or task.run_started_at is None:
        return Progress(task.n_files, task.n_finished, task.n_failed)
    return progress_at(task, min(1.0, max(0.0, (now - task.run_started_at) / task.run_seconds)))


def progress_at(task: Task, share: float) -> Progress:
    """Give the figures after this share of the run: good jobs end evenly, bad ones in the second half."""
    good = task.n_files - task.n_finished - task.n_failed - task.n_bad
    finished = task.n_finished + int(share * good)
    failed = task.n_failed + int(max(0.0, 2 * share - 1) * task.n_bad)
    return Progress(task.n_files, finished, failed)


def count_jobs(parameters: dict[str, Any]) -> int:
    """Say how many input files JEDI counts: ceil(nEvents / nEventsPerJob), else nFiles, else one."""
    events, per_job = parameters.get("nEvents"), parameters.get("nEventsPerJob")
    if isinstance(events, int) and isinstance(per_job, int) and events > 0 and per_job > 0:
        return -(-events // per_job)
    if isinstance(parameters.get("pfnList"), list):
        return max(1, len(parameters["pfnList"]))
    files = parameters.get("nFiles")
    return files if isinstance(files, int) and files > 0 and not parameters.get("noInput") else 1
