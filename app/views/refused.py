"""What a button's answer says when nothing was done."""

from flask import request
from flask_babel import gettext as _

from app.identity import signed_in_user
from app.messages import state_sentence, state_word
from app.models import Task
from app.problem_words import problem_text
from app.services.problems import AnotherOrderOpen, ChangedMeanwhile, HasChildren, Invalid, NotPossibleNow
from app.services.tasks import is_visible

# An integer column takes no longer one.
LONGEST_VERSION = 9


def seen_version() -> int:
    """Return the version of the task on the page that was sent; 0 if there is none."""
    return version_in(request.form.get("version", ""))


def version_in(text: str) -> int:
    """Return a version as a number; 0 for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_VERSION else 0


def words_of(refusal: NotPossibleNow | ChangedMeanwhile | Invalid) -> str:
    """Say why nothing was done."""
    if isinstance(refusal, Invalid):
        problem = problem_text(refusal.problems[0])
        return str(_("It cannot be sent as it is. %(problem)s", problem=problem))
    if isinstance(refusal, AnotherOrderOpen):
        return str(_("Nothing was done: another order on this task is not finished yet."))
    if isinstance(refusal, HasChildren):
        named = ", ".join(map(_named, refusal.standing))
        return str(_("Nothing was deleted: other tasks stand on it (%(tasks)s).", tasks=named))
    if isinstance(refusal, ChangedMeanwhile):
        return str(_("The task was changed meanwhile. Look at it again before you go on; nothing was done."))
    state, sentence = state_word(refusal.task.shown_state), state_sentence(refusal.task.shown_state)
    words = {"state": state, "sentence": sentence}
    return str(_("Not possible any more: the task is “%(state)s”. %(sentence)s", **words))


def _named(task: Task) -> str:
    """Name a task as far as the person may know of it."""
    if is_visible(signed_in_user(), task):
        return str(_("task %(id)s", id=task.id))
    return str(_("a draft of %(creator)s", creator=task.creator_name))
