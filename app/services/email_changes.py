"""Another e-mail address: asked for in the profile, given by the link that goes to it."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError

from app.domain.sign_in import Event, Visitor
from app.extensions import write_unit
from app.models import User
from app.services.account_events import note_event
from app.services.accounts import holder_of
from app.services.links import Purpose, kill_links, use_link
from app.services.mails import MailKind, queue_mail


def ask_for_new_email(user: User, address: str, language: str, now: datetime) -> None:
    """Send a link to the new address; where somebody has it, tell that person instead. Commits.

    Who asks cannot tell the two apart.
    """
    address = address.lower()
    with write_unit() as session:
        holder = holder_of(address)
        kind = MailKind.NEW_EMAIL if holder is None else MailKind.ACCOUNT_EXISTS
        queue_mail(session, kind, address, language, now, user=holder or user)


def take_new_email(token: str, language: str, visitor: Visitor, now: datetime) -> User | None:
    """Give an account its new address by the link that was sent there; tell the old one. Commits.

    None: the link is no good, or somebody else has the address meanwhile.
    """
    try:
        with write_unit() as session:
            used = use_link(session, token, Purpose.EMAIL, now)
            if used is None:
                return None
            link, user = used
            old, user.email, user.email_confirmed_at = user.email, link.address, now
            session.flush()
            # What was sent to the old address must not open the account any more.
            for purpose in (Purpose.EMAIL, Purpose.RESET):
                kill_links(session, user.id, purpose, now)
            queue_mail(session, MailKind.EMAIL_CHANGED, old, language, now, user=user)
            note_event(session, Event.EMAIL_CHANGED, user, visitor, now)
    except IntegrityError:
        return None
    return user
