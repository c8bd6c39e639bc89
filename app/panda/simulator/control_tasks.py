"""What the tests and the demo may do with the tasks: list them, set them to a state, forget them."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from app.panda.simulator import current, jedi
from app.panda.simulator.protocol import moment
from app.panda.simulator.submission import make_task
from app.panda.simulator.task import Task, count_jobs, progress
from app.panda.simulator.world import World

blueprint = Blueprint("control_tasks", __name__, url_prefix="/simulator")
# What POST /simulator/tasks may set as it stands.
_SETTABLE = ("jedi_name", "error_dialog", "n_finished", "n_failed", "n_bad", "outcome", "modified_at")


@blueprint.get("/tasks")
def list_tasks() -> Response:
    """List the tasks, oldest first, and how many of each name can still run; ?name= ?ticket_id= narrow."""
    with current.world() as world:
        jedi.catch_up(world)
        wanted = {"task_name": request.args.get("name"), "ticket_id": request.args.get("ticket_id")}
        known = {column: value for column, value in wanted.items() if value is not None}
        condition = " AND ".join(["id > 0", *(f"{column} = ?" for column in known)])
        found = list(world.store.select(condition, list(known.values())))
        shown = [_show(task, world) for task in found]
    alive: dict[str, int] = {}
    for task in shown:
        alive[task["name"]] = alive.get(task["name"], 0) + task["alive"]
    return jsonify(tasks=shown, alive=alive)


def _show(task: Task, world: World) -> dict[str, Any]:
    done = progress(task, world.now)
    return {
        "id": task.id,
        "name": task.task_name,
        "userName": task.user_name,
        "status": task.status,
        "alive": task.is_alive,
        "ticketID": task.ticket_id,
        "created": moment(task.created_at),
        "parent": task.parent_id,
        "command": task.command,
        "asked": world.store.asked_of(task.id),
        "error_dialog": task.error_dialog,
        "files": done.files,
        "finished": done.finished,
        "failed": done.failed,
    }


@blueprint.post("/begin")
def begin() -> Response:
    """Forget every task and fault and show real time; {"freeze": true, "at"?} stops the clock there."""
    wish = request.get_json(silent=True) or {}
    with current.world() as world:
        world.store.clear()
        world.faults.remove()
        world.clock.reset()
        if wish.get("freeze"):
            world.clock.freeze(wish.get("at"))
    return jsonify(tasks=[])


@blueprint.post("/tasks")
def set_task() -> tuple[Response, int]:
    """Set a task, or a list of tasks, to a state: {id?, parameters?, parent?, status, …}.

    With parameters the task is made, under the id if one is given; else it must be there. `status` is entered
    as JEDI would, so the task goes on from it; {"stays": true} keeps it there.
    """
    wishes = request.get_json()
    with current.world() as world:
        jedi.catch_up(world)
        done = [_set(world, wish) for wish in (wishes if isinstance(wishes, list) else [wishes])]
        if None in done:
            return jsonify(error="no such task"), 404
        return jsonify(tasks=[_show(task, world) for task in done if task]), 200


def _set(world: World, wish: dict[str, Any]) -> Task | None:
    task = _make(world, wish) if "parameters" in wish else world.store.find(int(wish["id"]))
    if task is None:
        return None
    status = wish.get("status", task.status)
    if status != task.status:
        _enter(world, task, status)
    for name in _SETTABLE:
        setattr(task, name, wish.get(name, getattr(task, name)))
    if wish.get("stays"):
        task.step_at = None
    world.store.save(task)
    return task


def _make(world: World, wish: dict[str, Any]) -> Task:
    task = make_task(world, wish["parameters"], int(wish.get("parent", 0)))
    task.id = int(wish.get("id", 0))
    world.store.add(task)
    return task


def _enter(world: World, task: Task, status: str) -> None:
    task.jedi_name, task.jedi_user = task.task_name, task.user_name
    task.started_at = task.started_at or world.now
    task.n_files = task.n_files or count_jobs(task.parameters)
    if status == "done":
        task.n_finished, task.n_failed = task.n_files, 0
    jedi.enter(world, task, status, world.now)
