"""What PanDA can be asked to do with a task it has, as the calls of its API.

Each is a POST that only registers the order: it is carried out later, and perhaps not at all. `retry` answers
success whatever happens; its code tells. Source: panda-server 1.0.4 as observed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.panda.errors import NotInThisState, TaskNotFound
from app.panda.verdict import Reply, refusal_before_anything, refused

REGISTERED, NOT_FOUND, NOT_IN_THIS_STATE = 0, 2, 4


@dataclass(frozen=True)
class Order:
    """One order: the last part of its method, and its arguments beside the task's id."""

    name: str
    arguments: Mapping[str, object] = field(default_factory=dict)

    @property
    def method(self) -> str:
        """The method of PanDA's API, as "task/kill"."""
        return f"task/{self.name}"

    def body(self, task_id: int) -> str:
        """Return the JSON text that is sent. PanDA wants the id as a number."""
        return json.dumps({"task_id": task_id, **self.arguments})

    def understand(self, task_id: int, reply: Reply) -> None:
        """Return if PanDA has taken the order.

        TaskNotFound: JEDI has not named the task yet, or PanDA's database is away. NotInThisState: a clear
        no. Whatever does not say the one or the other may have been taken: OutcomeUnknown.
        """
        if self._is_taken(task_id, reply):
            return
        says_no = not reply.success or self.name == "retry"
        code = reply.data if type(reply.data) is int else None
        if not reply.success and (refusal := refusal_before_anything(reply)):
            raise refusal
        if says_no and (code == NOT_FOUND or (code is None and reply.message.strip() == "Task not found")):
            raise refused(TaskNotFound, reply)
        if says_no and code == NOT_IN_THIS_STATE:
            raise refused(NotInThisState, reply)
        why = f"it does not say what became of the order ({reply.message[:200].strip()!r})"
        raise reply.unusable(why)

    def _is_taken(self, task_id: int, reply: Reply) -> bool:
        if self.name == "change_priority":
            return reply.success and reply.message == "1 tasks changed"
        # Servers before 1.0 do not name the task.
        words = f"command={self.name} is registered"
        sentences = (f"{words}.", f"{words} for task ID {task_id}.")
        is_registered = type(reply.data) is int and reply.data == REGISTERED
        return reply.success and is_registered and reply.message.startswith(sentences)


def kill() -> Order:
    """Abort the task: its jobs are killed."""
    return Order("kill")


def finish(*, soft: bool) -> Order:
    """End the task with what it has; soft lets the jobs that have begun end first."""
    return Order("finish", {"soft": soft})


def retry() -> Order:
    """Run the failed jobs again. Never with new parameters: that would submit another task."""
    return Order("retry")


def pause() -> Order:
    """Have no further jobs made until it is resumed."""
    return Order("pause")


def resume() -> Order:
    """Go on with a paused task."""
    return Order("resume")


def change_priority(priority: int) -> Order:
    """Change the current priority, at once."""
    return Order("change_priority", {"priority": priority})
