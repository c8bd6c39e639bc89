"""Orders in words: what each does, how far it is, and what stands in its way."""

from dataclasses import dataclass

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from app.domain.command import HARD, SOFT
from app.domain.task_state import CommandKind, CommandState
from app.domain.way import Way
from app.models import PandaCommand
from app.services.commands import Hindrance


@dataclass(frozen=True)
class OrderWords:
    """label: on the button; sentence: what will happen; name: the order in a list."""

    label: LazyString
    sentence: LazyString
    name: LazyString


ORDER_WORDS: dict[CommandKind, OrderWords] = {
    CommandKind.PAUSE: OrderWords(_("Pause task"), _("PanDA makes no further jobs until the task is resumed; jobs that run go on."), _("pause")),
    CommandKind.RESUME: OrderWords(_("Resume task"), _("PanDA goes on with the task where it stopped."), _("resume")),
    CommandKind.RETRY: OrderWords(_("Retry task"), _("PanDA runs the jobs that failed once more; those that succeeded stay as they are."), _("retry")),
    CommandKind.FINISH: OrderWords(_("Finish task"), _("The task ends with the jobs that have succeeded; the rest is not run."), _("finish")),
    CommandKind.PRIORITY: OrderWords(_("Change priority"), _("Jobs of a task with a higher priority run sooner."), _("change priority")),
    CommandKind.KILL: OrderWords(_("Kill task"), _("All its jobs are killed, and what they have not finished is lost. A killed task cannot be retried; its name stays taken."), _("kill")),
}  # fmt: skip

FINISH_WORDS: dict[str, LazyString] = {
    SOFT: _("softly: jobs that run may end first"),
    HARD: _("at once: jobs that run are killed"),
}

_STATES: dict[str, LazyString] = {
    CommandState.READY: _("waits to be sent to PanDA"),
    CommandState.SENDING: _("is being sent to PanDA"),
    CommandState.ASKED: _("PanDA was asked; the task has not shown it yet"),
    CommandState.SEEN: _("carried out"),
    CommandState.UNSEEN: _("not carried out"),
    CommandState.REJECTED: _("refused by PanDA"),
    CommandState.WITHDRAWN: _("taken back before it was sent"),
    CommandState.REPLACED: _("replaced by a kill"),
}
_ICONS: dict[str, str] = {
    CommandState.READY: "arrow-up",
    CommandState.SENDING: "arrow-up",
    CommandState.ASKED: "dots",
    CommandState.SEEN: "tick",
    CommandState.UNSEEN: "exclamation",
    CommandState.REJECTED: "cross",
}
_HINDRANCES: dict[Hindrance, LazyString] = {
    Hindrance.NOT_YOURS: _("It is not yours, and your role does not allow it."),
    Hindrance.NOT_AT_PANDA: _("PanDA does not have it."),
    Hindrance.NOT_IN_STATE: _("PanDA does not take this order in its state."),
    Hindrance.ANOTHER_OPEN: _("Another order is not finished yet."),
}

_WAYS = {
    Way.WEB.value: _("through the pages"),
    Way.API.value: _("through the API"),
    Way.SCHEDULE.value: _("by a schedule"),
}


def order_name(command: PandaCommand) -> str:
    """Name an order with its argument: "change priority to 950"."""
    kind = CommandKind(command.kind)
    if kind is CommandKind.PRIORITY:
        return str(gettext("change priority to %(priority)s", priority=command.argument))
    if kind is CommandKind.FINISH:
        how = FINISH_WORDS.get(command.argument or "", command.argument)
        return str(gettext("finish %(how)s", how=how))
    return str(ORDER_WORDS[kind].name)


def order_state(command: PandaCommand) -> str:
    """Say how far an order is."""
    if command.state == CommandState.ASKED and command.waits_for:
        return str(gettext("sent, but PanDA's answer was lost; the task will show whether it was taken"))
    if command.state == CommandState.ASKED and command.asks > 1:
        words = gettext("PanDA was asked %(count)s times; the task has not shown it yet", count=command.asks)
        return str(words)
    return str(_STATES.get(command.state, command.state))


def order_icon(command: PandaCommand) -> str:
    """Return the icon of an order's state."""
    return _ICONS.get(command.state, "ring")


def hindrance_words(hindrance: Hindrance) -> str:
    """Say why an order cannot be given."""
    return str(_HINDRANCES[hindrance])


def way_word(way: str) -> str:
    """Say by what way something was changed or ordered; the way itself where it has no words."""
    return str(_WAYS.get(way, way))
