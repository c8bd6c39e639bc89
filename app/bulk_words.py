"""Actions on many tasks in words: what each does, and why a task is left out."""

from dataclasses import dataclass

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from app.command_words import ORDER_WORDS, hindrance_words
from app.domain.bulk import ORDER_OF, BulkKind, BulkState, Why
from app.messages import state_word
from app.services.bulk_verdict import Verdict
from app.services.commands import Hindrance


@dataclass(frozen=True)
class KindWords:
    """label: on the button; sentence: what will happen."""

    label: LazyString
    sentence: LazyString


KIND_WORDS: dict[BulkKind, KindWords] = {
    BulkKind.EDIT: KindWords(_("Change task"), _("Only the fields you tick are changed; all else stays as it is in each task.")),
    BulkKind.SUBMIT: KindWords(_("Submit task"), _("They are sent to PanDA within seconds, one after the other; a child when its parent is done.")),
    BulkKind.WITHDRAW: KindWords(_("Withdraw task"), _("They are taken out of the queue before anything is sent.")),
    BulkKind.BACK_TO_DRAFT: KindWords(_("Make it a draft"), _("They become drafts again, and can be changed and submitted once more.")),
    BulkKind.DELETE: KindWords(_("Delete draft"), _("The drafts are deleted for good; their names become free. A test that was never sent goes with its task.")),
    **{kind: KindWords(ORDER_WORDS[order].label, ORDER_WORDS[order].sentence) for kind, order in ORDER_OF.items()},
}  # fmt: skip

_STATES: dict[BulkState, LazyString] = {
    BulkState.PROPOSED: _("not confirmed yet"),
    BulkState.CONFIRMED: _("going on"),
    BulkState.RUNNING: _("going on"),
    BulkState.DONE: _("ended"),
    BulkState.STOPPED: _("stopped"),
}

_WHYS: dict[Why, LazyString | str] = {
    Why.GONE: _("It is not there any more."),
    Why.CHANGED: _("It was changed after it was chosen here. Look at it again."),
    Why.HAS_CHILDREN: _("Other tasks of its chain stand on it."),
    Why.TEST_CHANGED: _("Its test was changed after it was chosen here. Look at it again."),
    Why.PROBLEMS: _("Its values do not fit:"),
    Why.NOTHING_NEW: _("It has these values already."),
    Why.ACCOUNT_OFF: _("The account was disabled before its turn came."),
    Why.STOPPED: _("The action was stopped before its turn came."),
    Why.FAILED: _("It failed for a reason of the service itself. The administrators find it in the log."),
}
_HINDRANCES = {
    Why.NOT_YOURS: Hindrance.NOT_YOURS,
    Why.NOT_AT_PANDA: Hindrance.NOT_AT_PANDA,
    Why.ANOTHER_OPEN: Hindrance.ANOTHER_OPEN,
}


def bulk_state(state: str) -> str:
    """Say how far an action is."""
    return str(_STATES[BulkState(state)])


def verdict_words(verdict: Verdict) -> str:
    """Say why nothing is done to a task; its problems have words of their own."""
    if verdict.why in _HINDRANCES:
        return hindrance_words(_HINDRANCES[verdict.why])
    if verdict.why is Why.NOT_IN_STATE:
        return str(gettext("Not possible: the task is “%(state)s”.", state=state_word(verdict.state)))
    return str(_WHYS.get(verdict.why, ""))
