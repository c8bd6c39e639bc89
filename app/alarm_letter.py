"""The mail about alarms: what began, what is over, in the language of whom it is for."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from app.alarm_words import alarm_sentence, alarm_words
from app.domain.alarm import AlarmKind, Finding
from app.mail_texts import Letter, Wording, signature


@dataclass(frozen=True)
class News:
    """What is to be told: alarms that began, with their figures, and kinds of those that are over."""

    begun: Sequence[Finding] = ()
    ended: Sequence[AlarmKind] = ()

    def __bool__(self) -> bool:
        return bool(self.begun or self.ended)


def write_alarm_letter(news: News, language: str) -> Letter:
    """Write the text for one language. Needs an application context, and no database."""
    with force_locale(language):
        paragraphs = [*map(_begun, news.begun), *map(_ended, news.ended)]
        subject, signed = _subject(news), signature()
    text = "\n\n".join([*paragraphs, f"-- \n{signed}"]) + "\n"
    html = current_app.jinja_env.get_template("mail/message.html").render(
        greeting=subject, wording=Wording(subject, paragraphs, None, []), signature=signed, language=language
    )
    return Letter(subject, text, html)


def _subject(news: News) -> str:
    if news.begun:
        titles = [alarm_words(finding.kind).title for finding in news.begun]
        words = _("Alarm: %(title)s", title=titles[0])
    else:
        titles = [alarm_words(kind).title for kind in news.ended]
        words = _("Over: %(title)s", title=titles[0])
    if more := len(titles) - 1:
        words = ngettext("%(words)s, and %(num)s more", "%(words)s, and %(num)s more", more, words=words)
    return f"[{current_app.config['INSTANCE_ID']}] {words}"


def _begun(finding: Finding) -> str:
    words = alarm_words(finding.kind)
    manual = _("More: docs/operations.md, “%(kind)s”.", kind=finding.kind.value)
    return f"{words.title}. {alarm_sentence(finding)} {words.to_do} {manual}"


def _ended(kind: AlarmKind) -> str:
    return str(_("This is over: %(title)s.", title=alarm_words(kind).title))
