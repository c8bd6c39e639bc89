"""What is said when tasks were made or submitted: what they are now, and what they wait for."""

from flask_babel import gettext as _
from flask_babel import ngettext

from app.domain.task_state import TaskState
from app.models import Task
from app.services.approval import is_waiting
from app.services.queue import parent_waited_for, twin_waited_for
from app.views.approval import approval_rules

_NEVER_SENT = {TaskState.DRAFT.value, TaskState.QUEUED.value, TaskState.WITHDRAWN.value}


def submitted_words(task: Task) -> str:
    """Say when a task that was just submitted is sent."""
    if is_waiting(task, approval_rules()):
        return str(_("Submitted. It is sent once a production manager has approved it."))
    if twin_waited_for(task):
        return str(_("Submitted. Its test is sent within seconds; the task itself when that is done."))
    if parent_waited_for(task):
        return str(_("Submitted. It is sent when its parent task is done."))
    return str(_("Submitted. It is sent to PanDA within seconds."))


def withdrawn_words(task: Task) -> str:
    """Say what a withdrawal has kept from being sent: not a test that was on its way already."""
    twin = task.waits_for
    if twin is None or twin.state in _NEVER_SENT:
        return str(_("Withdrawn. Nothing was sent."))
    return str(_("Withdrawn. Its test, task %(id)s, was sent already and goes on.", id=twin.id))


def words_of_made(number: int, *, submit: bool, are_drafts: bool) -> str:
    """Say what became of tasks that were made together. submit: that was wished for.

    Where drafts were, and the same tasks were made and submitted a moment ago, they are no drafts.
    """
    if submit:
        words = ngettext(
            "%(num)s task is submitted. What has no parent is sent within seconds.",
            "%(num)s tasks are submitted. Those without a parent are sent within seconds.",
            number,
        )
    elif are_drafts:
        words = ngettext("%(num)s draft is made.", "%(num)s drafts are made.", number)
    else:
        words = ngettext(
            "No draft is made: you made and submitted this task a moment ago.",
            "No drafts are made: you made and submitted these %(num)s tasks a moment ago.",
            number,
        )
    return str(words)
