"""Other passwords: forgotten and set anew by a link, or changed by somebody who knows the old one."""

from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.sign_in import Event, Visitor
from app.extensions import write_unit
from app.models import KnownDevice, User
from app.services.account_events import clean, note_event
from app.services.links import Purpose, kill_all_links, use_link
from app.services.mails import MailKind, queue_mail
from app.services.passwords import hash_password, password_matches
from app.services.problems import TooOften
from app.services.sessions import end_sessions_of, renew_session
from app.services.signing_in import proof_key
from app.services.throttle import may_try


def ask_for_reset(address: str, language: str, visitor: Visitor, now: datetime) -> None:
    """Queue a mail with a link to set a new password, for whoever has this e-mail address. Commits.

    Nobody is looked up: who asks for an unknown address sees the same, and waits as long.
    """
    with write_unit() as session:
        kind, (browser, place) = MailKind.RESET, clean(visitor)
        queue_mail(session, kind, address.lower(), language, now, asked_from=place, asked_with=browser)


def reset_password(token: str, password: str, language: str, visitor: Visitor, now: datetime) -> User | None:
    """Set a new password by the link in a mail; None when the link is no good. Commits.

    It ends all sessions, makes other links for this useless and forgets the known browsers. Who has the mail
    owns the address: it is confirmed by this, too. An account that gets its first password so needs an
    address that nobody else signs in with, or the link is no good. language: of the page.
    """
    password_hash = hash_password(password)
    try:
        with write_unit() as session:
            used = use_link(session, token, Purpose.RESET, now)
            if used is None:
                return None
            _link, user = used
            user.password_hash = password_hash
            user.email_confirmed_at = user.email_confirmed_at or now
            session.execute(delete(KnownDevice).where(KnownDevice.user_id == user.id))
            end_sessions_of(session, user.id, now)
            _tell(session, user, language, visitor, now, words="by a link in a mail")
    except IntegrityError:
        return None
    return user


def change_password(
    user: User,
    old: str,
    new: str,
    session_id: int,
    guesses: tuple[int, timedelta],
    language: str,
    visitor: Visitor,
    now: datetime,
) -> str | None:
    """Change the password of somebody who is signed in; return the new token of this session, whose id stays.

    All other sessions end, other browsers are known no more, and links that are out are useless. None: the
    old password is wrong. guesses: how many within how long may be wrong; raise TooOften beyond them.
    language: of the page. Commits.
    """
    limit, window = guesses
    if not may_try(proof_key(user), limit, window, now):
        raise TooOften
    known = user.password_hash
    if known is None or not password_matches(known, old):
        return None
    fresh = hash_password(new)
    with write_unit() as session:
        # Two who change it at the same moment knew the same old one: the first counts.
        is_same = User.id == user.id, User.password_hash == known
        changed = session.execute(update(User).where(*is_same).values(password_hash=fresh))
        if getattr(changed, "rowcount", 0) != 1:
            return None
        session.execute(delete(KnownDevice).where(KnownDevice.user_id == user.id))
        end_sessions_of(session, user.id, now, but=session_id)
        token = renew_session(session, session_id, now)
        _tell(session, user, language, visitor, now)
    return token


def _tell(
    session: Session, user: User, language: str, visitor: Visitor, now: datetime, words: str = ""
) -> None:
    kill_all_links(session, user, now)
    queue_mail(session, MailKind.PASSWORD_CHANGED, user.email, language, now, user=user)
    note_event(session, Event.PASSWORD_CHANGED, user, visitor, now, words=words)
