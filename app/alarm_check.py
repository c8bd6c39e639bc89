"""Look for alarms and tell the administrators: once when one begins, once when it is over.

It needs nothing of the scheduled work, for that may be what stands still: the rows of the database say how it
is, and the mail goes to the server directly, not through the queue of the jobs.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from flask import current_app
from flask_babel import force_locale
from sqlalchemy.exc import SQLAlchemyError

from app.alarm_letter import News, write_alarm_letter
from app.alarm_memory import Memory, read_memory, write_memory
from app.alarm_words import alarm_sentence
from app.domain.alarm import AlarmKind, Finding
from app.extensions import db
from app.mail_message import hand_over
from app.mail_server import MailUnavailable, RecipientRefused
from app.services import alarms
from app.services.alarms import Recipient

log = logging.getLogger("spd.alarm")

# With a disk that takes nothing it cannot be kept what was told: then it is told this often, minutes.
WITHOUT_MEMORY_MINUTES = 30


@dataclass(frozen=True)
class Checked:
    """findings: the alarms that are on. is_told: everybody who should know could be told."""

    findings: Sequence[Finding]
    is_told: bool

    @property
    def exit_code(self) -> int:
        """0: all is well; 1: something is not; 2: the database does not answer, or nobody could be told."""
        if not self.is_told or any(finding.kind is AlarmKind.DATABASE for finding in self.findings):
            return 2
        return 1 if self.findings else 0


def check_alarms(now: datetime) -> Checked:
    """Look once, and mail what is new. Commits; raises nothing for a database or mail server that is away."""
    folder = Path(current_app.config["INSTANCE"])
    memory = read_memory(folder)
    try:
        findings = alarms.find_alarms(alarms.limits_of(current_app.config), now)
        memory = _remember(folder, memory.with_recipients(alarms.find_recipients()))
        is_told = _tell_changes(findings, memory, now)
    except SQLAlchemyError as error:
        log.error("the database does not answer: %s", type(error).__name__)
        db.session.rollback()
        return _database_is_away(folder, memory, now)
    return Checked(findings, is_told and _database_is_back(folder, memory, now))


def _remember(folder: Path, memory: Memory) -> Memory:
    """Keep who is to be told for when the database cannot say; written when it has changed."""
    if memory != read_memory(folder):
        try:
            write_memory(folder, memory)
        except OSError as error:
            log.error("%s cannot be written: %s", folder, error.strerror)
    return memory


def _tell_changes(findings: Sequence[Finding], memory: Memory, now: datetime) -> bool:
    with force_locale("en"):
        sentences = {finding.kind: alarm_sentence(finding) for finding in findings}
    begun, ended = alarms.take_begun(sentences, now), alarms.take_ended(sentences)
    kinds = [AlarmKind(row.kind) for row in ended if row.kind in set(AlarmKind)]
    news = News([finding for finding in findings if finding.kind in begun], kinds)
    is_told = not news or _tell(news, memory.recipients, now)
    if not is_told:
        alarms.put_back(begun, ended)
    return is_told


def _database_is_away(folder: Path, memory: Memory, now: datetime) -> Checked:
    finding = Finding(AlarmKind.DATABASE)
    if memory.is_database_told:
        return Checked([finding], is_told=True)
    try:
        write_memory(folder, replace(memory, is_database_told=True))
    except OSError as error:
        log.error("%s cannot be written: %s", folder, error.strerror)
        if now.minute % WITHOUT_MEMORY_MINUTES:
            return Checked([finding], is_told=True)
    is_told = _tell(News(begun=[finding]), memory.recipients, now)
    if not is_told:
        _remember(folder, memory)
    return Checked([finding], is_told)


def _database_is_back(folder: Path, memory: Memory, now: datetime) -> bool:
    if not memory.is_database_told:
        return True
    is_told = _tell(News(ended=[AlarmKind.DATABASE]), memory.recipients, now)
    if is_told:
        _remember(folder, replace(memory, is_database_told=False))
    return is_told


def _tell(news: News, admins: Sequence[Recipient], now: datetime) -> bool:
    """Mail the news to everybody; True when somebody got it, or nobody is to."""
    others = [Recipient(address, "en") for address in current_app.config["ALARM_MAIL_TO"]]
    recipients = {each.address: each for each in [*others, *admins]}
    told = [_mail(news, recipient, number, now) for number, recipient in enumerate(recipients.values())]
    if not told:
        log.warning("no administrator has an address, and ALARM_MAIL_TO is empty: nobody is told")
    return any(told) or not told


def _mail(news: News, recipient: Recipient, number: int, now: datetime) -> bool:
    file_name = f"{now:%Y%m%d-%H%M%S}-alarm-{number}.eml"
    try:
        letter = write_alarm_letter(news, recipient.language)
        hand_over(letter, recipient.address, file_name, current_app.config, now)
    except (MailUnavailable, RecipientRefused, OSError) as error:
        log.error("an alarm could not be mailed: %s", error)
        return False
    return True
