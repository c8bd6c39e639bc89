"""What is said when a task was submitted: what it waits for, if it waits."""

from flask_babel import gettext as _

from app.models import Task
from app.services.approval import is_waiting
from app.services.queue import parent_waited_for, twin_waited_for
from app.views.approval import approval_rules


def submitted_words(task: Task) -> str:
    """Say when a task that was just submitted is sent."""
    if is_waiting(task, approval_rules()):
        return str(_("Submitted. It is sent once a production manager has approved it."))
    if twin_waited_for(task):
        return str(_("Submitted. Its test is sent within seconds; the task itself when that is done."))
    if parent_waited_for(task):
        return str(_("Submitted. It is sent when its parent task is done."))
    return str(_("Submitted. It is sent to PanDA within seconds."))
