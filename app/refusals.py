"""Write down what was refused: pages that the role does not allow, and forms without their token."""

import logging
from datetime import UTC, datetime, timedelta

from flask import request
from flask_login import current_user
from sqlalchemy.exc import DBAPIError

from app.domain.sign_in import Event
from app.identity import signed_in_user, visitor
from app.services.account_events import record_event
from app.services.throttle import may_try

log = logging.getLogger(__name__)

# One event of a person and a route within it: somebody who reloads a page must not fill the table.
_WINDOW = timedelta(minutes=1)


def note_refusal(what: str) -> None:
    """Write down that this request was refused; what: in a few words. Commits.

    Only the pattern of the address is kept, never what was typed into it. A database that does not answer
    must not turn the refusal into another error.
    """
    user = signed_in_user() if current_user.is_authenticated else None
    route = f"{request.method} {request.url_rule.rule if request.url_rule else 'no route'}"
    who = f"user:{user.id}" if user else f"address:{visitor().network}"
    now = datetime.now(UTC)
    try:
        if may_try(f"refusal:{who}:{route}", 1, _WINDOW, now):
            record_event(Event.NOT_ALLOWED, user, visitor(), now, words=f"{route}: {what}")
    except DBAPIError:
        log.exception("a refusal could not be written down")
