"""Queued tasks of the demo on their way: sent as the scheduled work would, and brought to any state."""

import json
from datetime import datetime, timedelta

from demo_plan import WORDS_OF_PANDA
from flask import current_app
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.task_state import TaskState
from app.extensions import db, write_unit
from app.models import Holder, PandaCommand, Task
from app.services import calls, delivery, following, holding, lost
from app.services.parameters import ParameterBuilder

FAR = timedelta(days=3650)
OURS = {state.value for state in TaskState}


def send(state: str, share_done: float, task_id: int, simulator: FlaskClient, at: datetime) -> None:
    """Send a queued task and bring it to this state. share_done: which part of its jobs is done."""
    command_id = db.session.scalars(select(PandaCommand.id).where(PandaCommand.task_id == task_id)).one()
    builder, epoch = ParameterBuilder(current_app.config), _epoch(at)
    intent = delivery.record_intent(command_id, builder.text, builder.seeding_recipes(), epoch, at)
    if intent is None:
        message = f"task {task_id} could not be sent: somebody else changed it"
        raise SystemExit(message)
    if state in OURS - {"submitted"}:
        _end_unsent(state, command_id, intent.call_id, epoch, at)
        return
    status = state if state != "submitted" else "waiting"
    wish = {"parameters": json.loads(intent.payload), "stays": True}
    wish |= {} if status == "waiting" else {"status": status, "error_dialog": WORDS_OF_PANDA.get(status)}
    jobs = db.session.get_one(Task, task_id).jobs_total or 0
    done = int(jobs * share_done)
    failed = (
        jobs - done if status in {"finished", "failed", "exhausted"} else min(int(done * 0.02), jobs - done)
    )
    wish |= {"n_finished": done, "n_failed": failed}
    panda_id = simulator.post("/simulator/tasks", json=wish).json["tasks"][0]["id"]
    message = json.dumps(
        {"success": True, "message": f"succeeded. new jediTaskID={panda_id}", "data": panda_id}
    )
    calls.end_call(intent.call_id, calls.CallResult(200, message, calls.OK, 23), at)
    delivery.record_acceptance(command_id, panda_id, at + timedelta(seconds=1))
    if status != "waiting":
        _follow(task_id, status, jobs, done, failed, at)


def _end_unsent(state: str, command_id: int, call_id: int, epoch: int, at: datetime) -> None:
    answers = {
        "rejected": (200, "ArgumentsRefused", "Type error: 'task_parameters' must be of type dict, got str."),
        "unknown": (None, "OutcomeUnknown", "The answer did not come within 60 s."),
        "held": (500, "OutcomeUnknown", "Internal Server Error"),
    }
    status, outcome, words = answers[state]
    calls.end_call(call_id, calls.CallResult(status, words if status else "", outcome, 60_000), at)
    if state == "rejected":
        delivery.record_rejection(command_id, words, epoch, at)
        return
    delivery.record_unknown(command_id, words, at + FAR, epoch, at)
    if state == "held":
        lost.hold(command_id, "not found at PanDA in 3 looks", epoch, at + timedelta(hours=2))


def _follow(task_id: int, status: str, jobs: int, done: int, failed: int, at: datetime) -> None:
    """Store the states a task went through, each with its time."""
    has_run = status not in {"ready", "pending", "broken"}
    path = ["ready", "running", status] if has_run and status not in {"running", "scouting"} else [status]
    for number, word in enumerate(path):
        is_last = number == len(path) - 1
        seen = following.PandaState(
            status=word,
            changed_at=at + timedelta(minutes=1 + 40 * number),
            priority=900,
            jobs_total=jobs,
            jobs_done=done if is_last else 0,
            jobs_failed=failed if is_last else 0,
            error_dialog=WORDS_OF_PANDA.get(word) if is_last else None,
        )
        following.store_state(task_id, seen, at + timedelta(minutes=1 + 40 * number))
    with write_unit() as session:
        session.get_one(Task, task_id).verified_at = at + timedelta(minutes=1)


def _epoch(now: datetime) -> int:
    holder = db.session.get(Holder, 1)
    return holder.epoch if holder else holding.begin_epoch("demo data", now)
