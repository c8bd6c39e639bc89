"""The words of the alarms, in the reader's language: what is the matter, and what to do."""

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from app.domain.alarm import AlarmKind, Finding
from app.messages import pause_words, work_word


@dataclass(frozen=True)
class AlarmWords:
    """title: a few words; sentence: with figures, of one that is on; to_do: the first thing to look at."""

    title: str
    to_do: str


def alarm_words(kind: AlarmKind) -> AlarmWords:
    """Return what an alarm is called and what to do about it."""
    return {
        AlarmKind.DATABASE: AlarmWords(
            _("The database does not answer"),
            _("See whether its server runs and its disk has room. Nothing is sent meanwhile."),
        ),
        AlarmKind.NO_BEAT: AlarmWords(
            _("The scheduled work stands still"),
            _("See whether its program runs, and what its log says. Nothing is sent meanwhile."),
        ),
        AlarmKind.PANDA: AlarmWords(
            _("PanDA does not answer"),
            _("See whether PanDA and the network are there. What waits is sent when it answers again."),
        ),
        AlarmKind.WAITING: AlarmWords(
            _("Tasks wait too long to be sent"),
            _("Open a waiting task: its page says what it waits for."),
        ),
        AlarmKind.UNDECIDED: AlarmWords(
            _("Nobody knows whether PanDA has some tasks"),
            _("A manager decides about those that are held; the others are still looked for."),
        ),
        AlarmKind.PAUSED: AlarmWords(
            _("Sending is paused"),
            _("See to the reason, then let it go on. The manual tells how."),
        ),
    }[kind]


def alarm_sentence(finding: Finding) -> str:
    """Tell with figures what is the matter."""
    return _SENTENCES[finding.kind](finding)


def _lasting(minutes: int) -> str:
    # Short units need no cases in Russian.
    if minutes < 120:
        return str(_("%(num)s min", num=minutes))
    return str(_("%(num)s h", num=minutes // 60))


def _database(_finding: Finding) -> str:
    return str(_("The database does not answer, or takes nothing that is written."))


def _no_beat(finding: Finding) -> str:
    if not finding.name:
        return str(_("The scheduled work has never run: nothing is sent and no state is fresh."))
    work = work_word(finding.name)
    if finding.minutes is None:
        sentence = _("%(work)s: it has not done well once since the start.", work=work)
    else:
        sentence = _(
            "%(work)s: it last did well %(lasting)s ago.", work=work, lasting=_lasting(finding.minutes)
        )
    return f"{sentence} {finding.words}".strip()


def _panda(finding: Finding) -> str:
    return str(_("No answer came from PanDA for %(lasting)s.", lasting=_lasting(finding.minutes or 0)))


def _waiting(finding: Finding) -> str:
    return str(
        ngettext(
            "%(num)s task has waited to be sent for too long: %(lasting)s.",
            "%(num)s tasks have waited to be sent for too long, the oldest for %(lasting)s.",
            finding.count,
            lasting=_lasting(finding.minutes or 0),
        )
    )


def _undecided(finding: Finding) -> str:
    return str(
        ngettext(
            "The answer to %(num)s order was lost %(lasting)s ago. It is not known what became of it.",
            "The answers to %(num)s orders were lost, the first %(lasting)s ago."
            " It is not known what became of them.",
            finding.count,
            lasting=_lasting(finding.minutes or 0),
        )
    )


def _paused(finding: Finding) -> str:
    return f"{pause_words(finding.name)} {finding.words}".strip()


_SENTENCES: dict[AlarmKind, Callable[[Finding], str]] = {
    AlarmKind.DATABASE: _database,
    AlarmKind.NO_BEAT: _no_beat,
    AlarmKind.PANDA: _panda,
    AlarmKind.WAITING: _waiting,
    AlarmKind.UNDECIDED: _undecided,
    AlarmKind.PAUSED: _paused,
}
