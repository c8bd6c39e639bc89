"""The tables, a concept a file. Nothing but columns and relationships."""

from app.models.account import AccountEvent, KnownDevice, RecoveryCode, Throttle
from app.models.bulk import BulkAction, BulkItem
from app.models.call import PandaCall
from app.models.command import PandaCommand
from app.models.mail import Mail, MailLink
from app.models.preset import Preset
from app.models.remember import CommentMention, TaskChange, TaskComment, TaskFollower
from app.models.saved_view import DefaultView, PastedList, SavedView
from app.models.service import Alarm, Counter, Holder, Installation, ScheduledWork, StraySend
from app.models.task import Task, TaskField, TaskTag, TaskTransition
from app.models.user import User, UserIdentity, UserSession

__all__ = [
    "AccountEvent", "Alarm", "BulkAction", "BulkItem", "CommentMention", "Counter", "DefaultView",
    "Holder", "Installation", "KnownDevice", "Mail", "MailLink", "PandaCall", "PandaCommand",
    "PastedList", "Preset", "RecoveryCode", "SavedView", "ScheduledWork", "StraySend", "Task",
    "TaskChange", "TaskComment", "TaskField", "TaskFollower", "TaskTag", "TaskTransition", "Throttle",
    "User", "UserIdentity", "UserSession",
]  # fmt: skip
