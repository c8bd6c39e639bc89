"""How these tests look for what is lost, and what there is to be found."""

from typing import Any

import pytest

from jobs.reconcile import reconcile_next
from tests.jobs.bench import Bench

SUBMIT, PARAMETERS, FIND = "task/submit", "task/get_task_parameters", "task/get_tasks_detailed_info_since"
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def look(bench: Bench, times: int = 1, **apart: float) -> None:
    """Look so many times, after a wait each."""
    for _ in range(times):
        bench.wait(**(apart or {"minutes": 11}))
        bench.run(reconcile_next)


def alien(bench: Bench, **changes: Any) -> dict:
    """Put a task into PanDA that we have not sent."""
    parameters = {"taskName": "other", "userName": "somebody else", "vo": "spd.nica.jinr"}
    parameters |= {"prodSourceLabel": "managed", "taskType": "prod"} | changes
    return bench.simulator.set_task(parameters=parameters)
