"""What these tests have PanDA answer to an order, and what they see of it."""

import json
from typing import Any

import pytest

from app.domain.command import ORDERS
from app.domain.task_state import CommandKind
from app.models import Task
from tests.jobs.bench import Bench

KILL, FINISH, RETRY = CommandKind.KILL, CommandKind.FINISH, CommandKind.RETRY
PAUSE, RESUME, PRIORITY = CommandKind.PAUSE, CommandKind.RESUME, CommandKind.PRIORITY
METHODS = {kind: f"task/{kind.value}" for kind in ORDERS} | {PRIORITY: "task/change_priority"}
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
each_kind = pytest.mark.parametrize("kind", ORDERS, ids=str)


def answers(kind: CommandKind, status: int, **said: Any) -> dict[str, Any]:
    """The wish for an answer to this order that PanDA gives without doing anything."""
    text = json.dumps({"success": False, "message": "", "data": None} | said)
    return {"method": METHODS[kind], "status": status, "content_type": "text/plain", "body": text}


def order(bench: Bench, task: Task) -> tuple[str, int]:
    command = bench.command(task)
    return command.state, command.asks
