"""Each state in a word, a sentence and an icon."""

from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _


@dataclass(frozen=True)
class StateWords:
    """icon: a symbol of static/icons.svg, which also gives the colour."""

    word: LazyString
    sentence: LazyString
    icon: str


STATES: dict[str, StateWords] = {
    "draft": StateWords(_("draft"), _("Not sent. Submit it when it is ready."), "ring"),
    "queued": StateWords(_("queued"), _("Waits to be sent to PanDA, normally a few seconds."), "arrow-up"),
    "sending": StateWords(_("sending"), _("Is being sent to PanDA right now."), "arrow-up"),
    "submitted": StateWords(_("waiting in PanDA"), _("PanDA has accepted the task and will soon take it up."), "dots"),
    "unknown": StateWords(_("answer lost"), _("It was sent, but PanDA's answer was lost. The service is looking for the task; it is not sent twice."), "question"),
    "held": StateWords(_("needs a decision"), _("It is not certain whether PanDA has it: see the history below. The service does not send it again by itself."), "question"),
    "given-up": StateWords(_("given up"), _("Nobody knows whether PanDA had it, and a manager took it as lost. It is looked for seven days more; its name stays taken."), "barred-disc"),
    "rejected": StateWords(_("refused by PanDA"), _("PanDA refused the parameters; nothing runs. Make it a draft again and put it right."), "cross"),
    "withdrawn": StateWords(_("withdrawn"), _("Taken back before it was sent."), "ring"),
    "registered": StateWords(_("registered"), _("PanDA has taken the task up."), "dots"),
    "defined": StateWords(_("defined"), _("PanDA has read the parameters."), "dots"),
    "assigning": StateWords(_("assigning"), _("PanDA is choosing where the task runs."), "dots"),
    "ready": StateWords(_("ready"), _("PanDA is about to make jobs."), "dots"),
    "pending": StateWords(_("pending"), _("PanDA waits for something: see its words below."), "dots"),
    "staging": StateWords(_("staging"), _("The input is being brought from tape."), "dots"),
    "staged": StateWords(_("staged"), _("The input has been brought from tape."), "dots"),
    "topreprocess": StateWords(_("to be preprocessed"), _("The task waits for its first step."), "dots"),
    "preprocessing": StateWords(_("preprocessing"), _("The first step of the task runs."), "play"),
    "scouting": StateWords(_("scouting"), _("A few first jobs run to measure what the others need."), "play"),
    "scouted": StateWords(_("scouted"), _("The first jobs are done; the others follow."), "play"),
    "running": StateWords(_("running"), _("Jobs are running on the grid."), "play"),
    "throttled": StateWords(_("throttled"), _("PanDA makes no more jobs for the moment, as many wait already."), "bars"),
    "merging": StateWords(_("merging"), _("Outputs are being merged."), "play"),
    "prepared": StateWords(_("closing"), _("All jobs have ended; PanDA is closing the task."), "play"),
    "passed": StateWords(_("closing"), _("The task was asked to finish; PanDA is closing it."), "play"),
    "finishing": StateWords(_("finishing"), _("The task was asked to finish; running jobs may still end."), "play"),
    "paused": StateWords(_("paused"), _("The task is paused; somebody must resume it."), "bars"),
    "exhausted": StateWords(_("exhausted"), _("PanDA gave up: too many jobs failed or no site fits. A person must look at it."), "exclamation"),
    "toretry": StateWords(_("to be retried"), _("Failed jobs will be tried again."), "dots"),
    "toincexec": StateWords(_("to be extended"), _("PanDA will read the input again and go on."), "dots"),
    "rerefine": StateWords(_("being extended"), _("PanDA reads the task again."), "dots"),
    "toreassign": StateWords(_("to be moved"), _("The task will run elsewhere."), "dots"),
    "reassigning": StateWords(_("being moved"), _("PanDA is moving the task elsewhere."), "dots"),
    "toabort": StateWords(_("to be aborted"), _("PanDA is about to abort the task."), "barred-disc"),
    "aborting": StateWords(_("aborting"), _("PanDA is killing the jobs of the task."), "barred-disc"),
    "tobroken": StateWords(_("breaking"), _("PanDA cannot run the task as it is defined."), "cross"),
    "done": StateWords(_("done"), _("All jobs have succeeded."), "tick"),
    "finished": StateWords(_("partly done"), _("The task has ended, but only part of the jobs succeeded."), "half-disc"),
    "failed": StateWords(_("failed"), _("The task has ended and no job succeeded."), "cross"),
    "aborted": StateWords(_("aborted"), _("The task was stopped before its end."), "barred-disc"),
    "broken": StateWords(_("broken"), _("PanDA could not run the task as it is defined. It needs a new name and right parameters."), "cross"),
}  # fmt: skip
