"""The tables, a concept a file. Nothing but columns and relationships."""

from app.models.call import PandaCall
from app.models.command import PandaCommand
from app.models.service import Counter, Holder, Installation, ScheduledWork
from app.models.task import Task, TaskField, TaskTransition
from app.models.user import User, UserSession

__all__ = [
    "Counter", "Holder", "Installation", "PandaCall", "PandaCommand", "ScheduledWork", "Task", "TaskField",
    "TaskTransition", "User", "UserSession",
]  # fmt: skip
