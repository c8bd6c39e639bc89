"""What the scheduled work does with the queue of mail: take what is due, write down how it went."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.domain.sign_in import Event, Visitor
from app.extensions import db, write_unit
from app.models import Mail, User
from app.services.account_events import note_event
from app.services.addresses import find_in_vain
from app.services.holding import is_held_in
from app.services.links import Purpose, mint_link
from app.services.mails import MailKind, MailState, language_for

LONGEST_ERROR = 500

# The texts that hold a link, and what it is good for.
LINKS = {
    MailKind.CONFIRM: Purpose.CONFIRM,
    MailKind.RESET: Purpose.RESET,
    MailKind.NEW_EMAIL: Purpose.EMAIL,
}


_NOT_TO_THE_DISABLED = {*LINKS, MailKind.MENTION}


@dataclass(frozen=True)
class Outgoing:
    """A message that was taken to be sent. It can be read without a session."""

    mail_id: int
    tries: int  # this one counted
    kind: MailKind
    address: str
    language: str
    username: str
    role: str
    # What a text about the second factor tells of: second_factor.Change.
    change: str
    # Of the link in it; None where it holds none.
    token: str | None
    # Of a text about a comment: its task, the comment, and who wrote it.
    task_id: str = ""
    comment_id: str = ""
    author: str = ""


def find_due(now: datetime) -> tuple[int, int] | None:
    """Return id and number of tries of the message that waits longest for its turn, or None."""
    due = select(Mail.id, Mail.tries).where(Mail.state == MailState.WAITING.value, Mail.next_at <= now)
    found = db.session.execute(due.order_by(Mail.next_at, Mail.id).limit(1)).first()
    return (found[0], found[1]) if found else None


def is_any_waiting() -> bool:
    """Say whether a message waits to be sent, its turn come or not."""
    waiting = select(Mail.id).where(Mail.state == MailState.WAITING.value).limit(1)
    return db.session.scalar(waiting) is not None


def take(
    mail_id: int,
    tries: int,
    next_at: datetime,
    lifetimes: Mapping[MailKind, timedelta],
    epoch: int,
    now: datetime,
) -> Outgoing | None:
    """Take a message to be sent now; None when there is nobody to send it to or somebody else took it.

    tries: how often it was tried before. next_at: when it is due again, should nothing be heard of this try.
    Its link is stored with that, before the message leaves: one that arrives has a link that works. Commits.
    """
    with write_unit() as session:
        if not is_held_in(epoch):
            return None
        is_ours = Mail.id == mail_id, Mail.state == MailState.WAITING.value, Mail.tries == tries
        taken = session.execute(update(Mail).where(*is_ours).values(tries=tries + 1, next_at=next_at))
        if getattr(taken, "rowcount", 0) != 1:
            return None
        mail = session.get_one(Mail, mail_id, populate_existing=True)
        if mail.kind not in set(MailKind):  # of another version: what comes after it must not wait for ever
            mail.state, mail.last_error = MailState.GIVEN_UP.value, f"unknown kind of mail: {mail.kind}"
            return None
        user = _recipient(session, mail)
        if user is None:
            mail.state = MailState.DROPPED.value
            return None
        _note_first_try(session, mail, user, now)
        return _outgoing(session, mail, user, lifetimes, now)


def _recipient(session: Session, mail: Mail) -> User | None:
    """Return whom a message is about. What is not wanted any more is sent to nobody.

    Somebody who registered with an address that has an account asks for "the mail" once more: it is the one
    about that account again.
    """
    kind = MailKind(mail.kind)
    if mail.user_id is not None:
        user = session.get(User, mail.user_id)
    elif kind in {MailKind.CONFIRM, MailKind.RESET}:
        # An account with a password has its address for itself.
        user = session.scalar(select(User).where(User.email == mail.address, User.password_hash.is_not(None)))
    else:
        user = None  # the account is gone
    is_confirmed = user is not None and user.email_confirmed_at is not None
    if kind is MailKind.CONFIRM and mail.user_id is None and is_confirmed:
        kind = MailKind.ACCOUNT_EXISTS
        mail.kind = kind.value
    if user is None or (kind in _NOT_TO_THE_DISABLED and user.is_disabled):
        return None
    return None if kind is MailKind.CONFIRM and is_confirmed else user


def _note_first_try(session: Session, mail: Mail, user: User, now: datetime) -> None:
    """A new password was asked for: only now it is known for whom."""
    if mail.kind == MailKind.RESET.value and mail.tries == 1:
        facts = json.loads(mail.facts)
        asked = Visitor(str(facts.get("asked_from", "")), str(facts.get("asked_with", "")))
        note_event(session, Event.RESET_ASKED, user, asked, now)


def _outgoing(
    session: Session, mail: Mail, user: User, lifetimes: Mapping[MailKind, timedelta], now: datetime
) -> Outgoing:
    kind = MailKind(mail.kind)
    token, facts = None, json.loads(mail.facts)
    if kind in LINKS:
        token = mint_link(session, user.id, LINKS[kind], mail.address, lifetimes[kind], now)
    if kind is MailKind.ACCOUNT_EXISTS:
        _keep_waiting(session, mail.address, lifetimes[MailKind.CONFIRM], now)
    return Outgoing(
        mail_id=mail.id,
        tries=mail.tries,
        kind=kind,
        address=mail.address,
        language=language_for(user, mail.language),
        username=user.username,
        role=user.role,
        change=str(facts.get("change", "")),
        token=token,
        **{name: str(facts.get(name, "")) for name in ("task_id", "comment_id", "author")},
    )


def _keep_waiting(session: Session, address: str, lifetime: timedelta, now: datetime) -> None:
    """Let accounts that wait in vain live as long as if this mail had a link: nobody gets its token."""
    for user in find_in_vain(session, address):
        mint_link(session, user.id, Purpose.CONFIRM, address, lifetime, now)


def note_sent(outgoing: Outgoing, now: datetime) -> None:
    """Write down that a message was sent. Commits."""
    _close(outgoing, state=MailState.SENT.value, sent_at=now, last_error=None)


def note_given_up(outgoing: Outgoing, words: str) -> None:
    """Write down that a message will not be tried again. Commits."""
    _close(outgoing, state=MailState.GIVEN_UP.value, last_error=words[:LONGEST_ERROR])


def note_not_sent(outgoing: Outgoing, words: str, give_up: timedelta, now: datetime) -> None:
    """Write down why a message was not sent; it is tried again, unless it waits for longer than give_up.

    Commits.
    """
    mail = db.session.get(Mail, outgoing.mail_id)
    if mail is not None and now - mail.created_at >= give_up:
        note_given_up(outgoing, words)
    else:
        _close(outgoing, last_error=words[:LONGEST_ERROR])


def forget_old_mails(before: datetime) -> None:
    """Delete messages that were made before then and wait no more. Commits."""
    with write_unit() as session:
        session.execute(delete(Mail).where(Mail.state != MailState.WAITING.value, Mail.created_at < before))


def _close(outgoing: Outgoing, **values: object) -> None:
    with write_unit() as session:
        is_this_try = Mail.id == outgoing.mail_id, Mail.tries == outgoing.tries
        waits = Mail.state == MailState.WAITING.value
        session.execute(update(Mail).where(*is_this_try, waits).values(**values))
