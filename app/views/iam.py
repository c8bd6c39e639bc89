"""Sign in through the identity provider, and come back from it."""

from datetime import UTC, datetime, timedelta

from flask import Blueprint, abort, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.domain.identity import Identity
from app.domain.sign_in import Method
from app.iam.attempt import read_answer
from app.iam.errors import IamError, Reason, Refused
from app.iam.provider import Provider
from app.identity import public, signed_in_user, visitor
from app.services.identities import IsDisabled, enter_by_identity
from app.services.linked import IdentityTaken, link_identity
from app.services.sessions import Grounds
from app.services.throttle import TooManyTries, take_try
from app.views.entering import NEVER, enter
from app.views.iam_attempts import Journey, is_begun_here, remember, take
from app.views.iam_failures import Answer, account_disabled, failed, not_set_up, too_many_tries
from app.views.iam_setup import find_provider, role_rules

blueprint = Blueprint("iam", __name__, url_prefix="/iam")


@blueprint.before_request
def refuse_parts_of_pages() -> None:
    """Answer only where a browser goes: a picture on another site must not use up a network's tries."""
    if request.headers.get("Sec-Fetch-Dest", "document") != "document":
        abort(400)


@blueprint.get("/sign-in")
@public
def sign_in() -> Answer:
    """Send the browser to the provider. A link leads here: our CSP keeps forms from leaving the site."""
    provider = find_provider()
    if provider is None:
        return not_set_up()
    try:
        _take_try("iam-begin")
        # Somebody who is here already proves anew who they are.
        address, attempt = provider.begin(datetime.now(UTC), asks_anew=current_user.is_authenticated)
    except TooManyTries as refusal:
        return too_many_tries(refusal)
    except IamError as error:
        return failed(error)
    remember(Journey(attempt, request.args.get("next"), None))
    return redirect(address, 303)


@blueprint.get("/callback")
@public
def callback() -> Answer:
    """Take the provider's answer: begin a session, or link the identity to the account that asked for it."""
    provider = find_provider()
    if provider is None:
        return not_set_up()
    try:
        # What was not begun in this browser is counted apart: anybody can have it asked for.
        _take_try("iam-answer" if is_begun_here(request.args.get("state", "")) else "iam-stray")
        return _finish(provider)
    except TooManyTries as refusal:
        return too_many_tries(refusal)
    except IamError as error:
        return failed(error)
    except IsDisabled:
        return account_disabled()


@blueprint.get("/signed-out")
@public
def signed_out() -> Answer:
    """Say that the session here has ended, and offer to end the provider's own."""
    address = _sign_out_address()
    if address is None or current_user.is_authenticated:
        return redirect(url_for("auth.sign_in"), 303)
    return render_template("iam/signed_out.html", address=address)


def page_after_sign_out() -> str:
    """Return where signing out of the present session leads; ask before it ends."""
    is_by_provider = current_user.is_authenticated and g.session_method == Method.IAM.value
    return url_for("iam.signed_out" if is_by_provider and _sign_out_address() else "auth.sign_in")


def _finish(provider: Provider) -> Answer:
    now = datetime.now(UTC)
    answer = read_answer(request.args)
    journey = take(answer.state, now)
    _check_same_session(journey)
    identity = provider.finish(journey.attempt, answer, now)
    if journey.session_id is not None:
        return _link(identity, now)
    user = enter_by_identity(identity, role_rules(), visitor(), now)
    grounds = Grounds(proved_at=identity.proved_at or NEVER)
    return enter(user, Method.IAM, journey.target, grounds)


def _check_same_session(journey: Journey) -> None:
    """Refuse to link an identity to another account than the one that asked for it."""
    is_same = current_user.is_authenticated and g.session_id == journey.session_id
    if journey.session_id is not None and not is_same:
        raise Refused(Reason.NOT_BEGUN_HERE)


def _link(identity: Identity, now: datetime) -> Answer:
    name = current_app.config["IAM_NAME"]
    try:
        link_identity(signed_in_user(), identity, role_rules(), visitor(), now)
    except IdentityTaken:
        taken = _("This %(name)s account belongs to another account of this service.", name=name)
        flash(taken, "error")
    else:
        flash(_("You can sign in through %(name)s now.", name=name), "success")
    return redirect(url_for("identities.index"), 303)


def _take_try(purpose: str) -> None:
    """Count a try of this address: each may make the provider work, and leaves an event when it fails.

    Raise TooManyTries.
    """
    config = current_app.config
    window = timedelta(minutes=config["SIGN_IN_TRIES_MINUTES"])
    key = f"{purpose}:address:{visitor().network}"
    take_try(key, config["SIGN_IN_TRIES_PER_ADDRESS"], window, datetime.now(UTC))


def _sign_out_address() -> str | None:
    provider = find_provider()
    back_to = f"{current_app.config['PUBLIC_URL']}{url_for('auth.sign_in')}"
    return provider.sign_out_address(back_to) if provider else None
