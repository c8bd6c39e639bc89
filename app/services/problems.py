"""What a use case refuses, as exceptions the views turn into pages."""

from collections.abc import Sequence

from app.domain.permission import Right
from app.domain.problem import Problem
from app.models import Task


class Refusal(Exception):
    """Base of everything a use case refuses."""


class NotFound(Refusal):
    """There is no such thing, or the person may not know of it."""


class NotAllowed(Refusal):
    """The person sees the thing but lacks the right."""

    def __init__(self, right: Right) -> None:
        super().__init__(right.value)
        self.right = right


class NotPossibleNow(Refusal):
    """The state of the task does not allow it (any more)."""

    def __init__(self, task: Task) -> None:
        super().__init__(f"task {task.id} is {task.shown_state}")
        self.task = task


class AnotherOrderOpen(NotPossibleNow):
    """PanDA keeps one order a task, and another one is not closed yet."""


class HasChildren(NotPossibleNow):
    """Other tasks stand on it. standing: some of them; the person need not see them."""

    def __init__(self, task: Task, standing: Sequence[Task]) -> None:
        super().__init__(task)
        self.standing = standing


class ChangedMeanwhile(Refusal):
    """Somebody else changed the task since the page was made."""

    def __init__(self, task: Task) -> None:
        super().__init__(f"task {task.id} is at version {task.version}")
        self.task = task


class TooOften(Refusal):
    """It was asked for too often lately."""


class Invalid(Refusal):
    """The input has problems."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(", ".join(f"{problem.field}: {problem.code}" for problem in problems))
        self.problems = list(problems)
