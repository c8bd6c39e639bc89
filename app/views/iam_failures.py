"""What a person is told when a sign-in through the identity provider comes to nothing; one event for each."""

import secrets
from datetime import UTC, datetime

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain.sign_in import Event
from app.iam.errors import Declined, IamError, Reason, Refused, Unavailable
from app.identity import signed_in_user, visitor
from app.models import User
from app.services.account_events import record_event
from app.services.signing_in import note_throttled
from app.services.throttle import TooManyTries
from app.texts import in_language

Answer = str | Response | tuple[str, int]

# Honest browsers, and a provider or a client that is set up wrongly, bring these about too.
_NO_ATTACK = {Reason.TOO_LATE, Reason.PROVIDER_ERROR, Reason.CLIENT_REFUSED}
_BY_BROWSER = {Reason.NOT_BEGUN_HERE, Reason.TOO_LATE, Reason.USED_BEFORE, Reason.DOUBTFUL_ANSWER}


def failed(error: IamError) -> Answer:
    """Return the page for an error, with the event written down. Whoever is signed in stays so."""
    request_id = secrets.token_hex(4)
    _record(_kind(error), f"{_words(error)} (request {request_id})")
    if isinstance(error, Declined):
        flash(_("Nobody was signed in: the sign-in was broken off at %(name)s.", name=_name()), "warning")
        return redirect(url_for("auth.sign_in"), 303)
    if isinstance(error, Refused):
        return _refused(error.reason, request_id)
    return _unavailable(request_id)


def too_many_tries(refusal: TooManyTries) -> Answer:
    """Return the page for an address that tries too often."""
    user, words = _signed_in(), "too many sign-ins through the provider"
    note_throttled(refusal, user, visitor(), datetime.now(UTC), words)
    happened = _("There were too many tries to sign in from your network.")
    return _page(429, _("Too many tries"), happened, _("Wait a few minutes and begin again."))


def account_disabled() -> Answer:
    """Return the page for somebody whose account is shut; its event is written already."""
    happened = _("Your account in this service has been disabled.")
    to_do = _("Ask %(who)s.", who=in_language(current_app.config["WHO_GIVES_ROLES"]))
    return _page(403, _("This account is disabled"), happened, to_do)


def not_set_up(back_to: str = "auth.sign_in") -> Answer:
    """Lead back from what a service without an identity provider does not have."""
    flash(_("This service has no other way to sign in than with a password."), "warning")
    return redirect(url_for(back_to), 303)


def _refused(reason: Reason, request_id: str) -> Answer:
    begin = _("Begin again from the sign-in page. If it happens again, tell an administrator the request id.")
    if reason in _BY_BROWSER:
        happened = _(
            "This sign-in was not begun in this browser, was begun too long ago, or is finished already."
        )
        begin = _("Begin again from the sign-in page. This site needs cookies for it.")
    elif reason is Reason.PROVIDER_ERROR:
        happened = _("%(name)s reported an error instead of telling who you are.", name=_name())
    else:
        happened = _(
            "What came from %(name)s did not pass the checks, so nobody was signed in by it.", name=_name()
        )
    return _page(400, _("Sign-in through %(name)s was refused", name=_name()), happened, begin, request_id)


def _unavailable(request_id: str) -> Answer:
    happened = _("%(name)s does not answer just now, or not in time. Nobody was signed in.", name=_name())
    to_do = _("Signing in with a password still works. Or try again in a minute.")
    return _page(503, _("%(name)s does not answer", name=_name()), happened, to_do, request_id)


def _page(code: int, title: str, happened: str, to_do: str, request_id: str | None = None) -> Answer:
    page = render_template(
        "iam/failed.html",
        code=code,
        title=title,
        what_happened=happened,
        what_to_do=to_do,
        request_id=request_id,
    )
    return page, code


def _record(kind: Event, words: str) -> None:
    record_event(kind, _signed_in(), visitor(), datetime.now(UTC), words=words)


def _signed_in() -> User | None:
    return signed_in_user() if current_user.is_authenticated else None


def _kind(error: IamError) -> Event:
    is_attack = isinstance(error, Refused) and error.reason not in _NO_ATTACK
    return Event.ATTACK_REFUSED if is_attack else Event.REFUSED


def _words(error: IamError) -> str:
    if isinstance(error, Declined):
        return "broken off at the provider"
    return f"the provider does not answer: {error}" if isinstance(error, Unavailable) else str(error)


def _name() -> str:
    return str(current_app.config["IAM_NAME"])
