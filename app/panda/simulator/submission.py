"""What PanDA does with a submitted task (panda-protocol, section 5.1; panda-observed, section 3)."""

import hashlib
from typing import Any

from app.panda.simulator import orders
from app.panda.simulator.identity import Identity
from app.panda.simulator.task import ACTIVE, WAITING, Task
from app.panda.simulator.world import World

# Seconds of PanDA's usual pace until JEDI takes a fresh task.
SECONDS_UNTIL_TAKEN = 6.0
# Widths of T_TASK columns: too long a value is refused without a reason.
_WIDTHS = {"taskName": 256, "vo": 32, "userName": 128, "prodSourceLabel": 20}
_FAILED = (4, "failed to register task")
_FINAL_OR_STUCK = frozenset({"finished", "failed", "aborted", "done", "exhausted"})


def submit(
    world: World, identity: Identity, parameters: dict[str, Any], parent_id: int | None
) -> tuple[int, str]:
    """Register a task; give PanDA's code (0 new, 3 reactivated, else refused) and message."""
    parameters = _own(parameters, identity)
    if world.is_database_down or not _fits(parameters):
        return _FAILED
    parent = _find_parent(world, parameters) if "parentTaskName" in parameters else None
    if "parentTaskName" in parameters and parent is None:
        user, name = parameters["userName"], parameters["parentTaskName"]
        return 11, f"failed to find parent with user={user} name={name}"
    return (
        _too_many(world, parameters)
        or _duplicate(world, identity, parameters)
        or _add(world, parameters, parent_id or (parent.id if parent else 0))
    )


def _own(parameters: dict[str, Any], identity: Identity) -> dict[str, Any]:
    """Without the production role or a task type the caller gets an analysis task of his own."""
    owned = dict(parameters)
    if not identity.is_producer or not owned.get("userName"):
        owned["userName"] = identity.user_name
    if not identity.is_producer or not owned.get("taskType"):
        owned |= {"userName": identity.user_name, "taskType": "anal", "taskPriority": 1000}
    return owned


def _fits(parameters: dict[str, Any]) -> bool:
    if not all(isinstance(parameters.get(key), str) and parameters[key] for key in _WIDTHS):
        return False
    try:
        int(parameters.get("taskPriority", 100))
    except (TypeError, ValueError):
        return False
    return all(len(parameters[key]) <= width for key, width in _WIDTHS.items())


def _find_parent(world: World, parameters: dict[str, Any]) -> Task | None:
    key = [parameters["parentTaskName"], parameters["userName"]]
    return next(world.store.select("jedi_name = ? AND jedi_user = ? ORDER BY id", key), None)


def _too_many(world: World, parameters: dict[str, Any]) -> tuple[int, str] | None:
    fault = world.faults.standing("too_many_tasks")
    if fault is None:
        return None
    tasks = world.store.select("user_name = ?", [parameters["userName"]])
    count, limit = sum(task.status in ACTIVE for task in tasks), int(fault.options.get("limit", 0))
    if count < limit:
        return None
    world.faults.use(fault)
    return 10, f"Too many active tasks for {parameters['userName']} {count}>{limit}"


def _duplicate(world: World, identity: Identity, parameters: dict[str, Any]) -> tuple[int, str] | None:
    """Look for an equal analysis task; production tasks are not looked at here, but by JEDI later."""
    if parameters["taskType"] != "anal" or parameters.get("uniqueTaskName") is not True:
        return None
    condition = "vo = ? AND label = ? AND user_name = ? AND task_name = ? ORDER BY id DESC LIMIT 1"
    keys = ("vo", "prodSourceLabel", "userName", "taskName")
    old = next(world.store.select(condition, [parameters[key] for key in keys]), None)
    if old is None or old.status == "broken":
        return None
    if old.status == WAITING:
        return 1, (
            f"jediTaskID={old.id} is already queued for outDS={old.task_name}. "
            "You cannot submit duplicated tasks. "
        )
    if old.status in _FINAL_OR_STUCK:
        return _reactivate(world, identity, old)
    return 2, (
        f"jediTaskID={old.id} is in the {old.status} state for outDS={old.task_name}. You can re-submit the "
        "task with new parameters for the same or another input once it goes into finished/failed/done. Or "
        "you can retry the task once it goes into running/finished/failed/done. Note that retry != "
        "resubmission according to https://twiki.cern.ch/twiki/bin/view/PanDA/"
        "PandaJEDI#Task_retry_and_resubmission "
    )


def _reactivate(world: World, identity: Identity, old: Task) -> tuple[int, str]:
    status = old.status
    old.n_finished = 0
    world.store.save(old)
    orders.register(world, old.id, "incexec", identity.user_name, is_producer=True)
    return 3, (
        f"reactivation accepted. jediTaskID={old.id} (currently in {status} state) will be re-executed "
        "with old and/or new input"
    )


def _add(world: World, parameters: dict[str, Any], parent_id: int) -> tuple[int, str]:
    task = make_task(world, parameters, parent_id)
    _let_newcomer_win(world, task)
    world.store.add(task)
    task.outcome = _choose_outcome(world, task)
    world.store.save(task)
    return 0, f"succeeded. new jediTaskID={task.id}"


def make_task(world: World, parameters: dict[str, Any], parent_id: int) -> Task:
    """Build the row of T_TASK; the map is kept as it came, unknown keys included."""
    priority = int(parameters.get("taskPriority", 100))
    ticket = parameters.get("ticketID")
    return Task(
        id=0,
        parameters=parameters,
        task_name=parameters["taskName"],
        user_name=parameters["userName"],
        vo=parameters["vo"],
        label=parameters["prodSourceLabel"],
        task_type=parameters["taskType"],
        parent_id=parent_id,
        priority=priority,
        current_priority=int(parameters.get("currentPriority") or priority),
        created_at=world.now,
        ticket_id=None if ticket is None else str(ticket),
        state_changed_at=world.now,
        modified_at=world.now,
        step_at=world.now + world.clock.seconds(SECONDS_UNTIL_TAKEN),
    )


def _let_newcomer_win(world: World, task: Task) -> None:
    """Have JEDI take the newcomer first: the survivor of equal waiting tasks is not always the oldest."""
    condition = "task_name = ? AND user_name = ? AND status = 'waiting' ORDER BY step_at LIMIT 1"
    rival = next(world.store.select(condition, [task.task_name, task.user_name]), None)
    fault = world.faults.standing("survivor")
    choice = fault.options.get("choice") if fault else "mixed"
    wins = choice == "newest" or (choice == "mixed" and _share_of(task.task_name) < 0.5)
    if rival is not None and rival.step_at is not None and wins:
        task.step_at = max(world.now, rival.step_at - 0.001)


def _choose_outcome(world: World, task: Task) -> str:
    for fault in world.faults.all_standing("outcome"):
        is_named = fault.options.get("name", "") in task.task_name
        if is_named and _share_of(str(task.id)) < float(fault.options.get("share", 1)):
            world.faults.use(fault)
            return str(fault.options["outcome"])
    return "done"


def _share_of(text: str) -> float:
    """Turn a text into a number from 0 to 1 that is always the same."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / 2**32
