"""The table of PanDA's methods, and what each is called with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.panda.simulator.identity import Identity
from app.panda.simulator.protocol import Answer, Refusal, bind
from app.panda.simulator.task import Task
from app.panda.simulator.world import World

TASK_NOT_FOUND = "Task not found"


@dataclass(frozen=True)
class Call:
    """One request: who asks, and the world it is asked of."""

    world: World
    identity: Identity

    def find_in_jedi(self, task_id: int, message: str = TASK_NOT_FOUND) -> Task:
        """Find a task JEDI has taken, else refuse: fresh, unknown and unreadable ones look the same."""
        task = self.world.find_in_jedi(task_id)
        if task is None:
            raise Refusal(message)
        return task


@dataclass(frozen=True)
class Method:
    """A method and who may call it how. is_for_owner: the task's owner or the production role."""

    function: Callable[..., Answer]
    verb: str
    needs_identity: bool
    needs_producer: bool
    is_for_owner: bool


METHODS: dict[str, Method] = {}


def method(
    path: str, verb: str, identity: bool = True, producer: bool = False, owner: bool = False
) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """Enter a function into the table under its path, like "task/submit"."""

    def enter(function: Callable[..., Answer]) -> Callable[..., Answer]:
        METHODS[path] = Method(function, verb, identity, producer, owner)
        return function

    return enter


def carry_out(called: Method, call: Call, verb: str, read: Callable[[], dict[str, Any]]) -> Answer:
    """Check in PanDA's order (security, role, verb, arguments, types, owner), then do it."""
    if called.needs_identity and not call.identity.is_secure:
        raise Refusal("SSL secure connection is required")
    if called.needs_producer and not call.identity.is_producer:
        raise Refusal("production or pilot role required")
    if verb != called.verb:
        message = f"expecting {called.verb}, received {verb}"
        raise Refusal(message)
    arguments = bind(called.function, read(), is_get=called.verb == "GET")
    if called.is_for_owner and not _is_owner(call, arguments["task_id"]):
        raise Refusal("not the task owner or no production role")
    return called.function(call, **arguments)


def _is_owner(call: Call, task_id: int) -> bool:
    task = call.world.find(task_id)
    is_own = task is not None and task.user_name == call.identity.user_name
    return call.identity.is_producer or is_own
