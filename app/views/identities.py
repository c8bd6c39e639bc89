"""The page about oneself that links an account of this service with one at the identity provider."""

from datetime import UTC, datetime

from flask import Blueprint, current_app, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _

from app.domain.permission import Right
from app.iam.errors import IamError
from app.identity import needs, signed_in_user, visitor
from app.proof import needs_proof
from app.services.identities import find_identities, groups_of
from app.services.linked import NeedsPassword, unlink_identity
from app.texts import in_language
from app.views.iam_attempts import Journey, find_link, remember
from app.views.iam_failures import Answer, failed, not_set_up
from app.views.iam_setup import find_provider, role_rules

blueprint = Blueprint("identities", __name__, url_prefix="/profile/identities")


@blueprint.get("")
@needs(Right.VIEW_TASKS)
def index() -> Answer:
    """Show the identities of the person."""
    user = signed_in_user()
    return render_template(
        "profile/identities.html",
        identities=find_identities(user),
        groups_of=groups_of,
        has_password=user.password_hash is not None,
        can_link=find_provider() is not None,
        who_gives_roles=in_language(current_app.config["WHO_GIVES_ROLES"]),
    )


@blueprint.post("/link")
@needs(Right.VIEW_TASKS)
@needs_proof
def link() -> Answer:
    """Begin linking; signing in at the provider is the second half of the proof."""
    provider = find_provider()
    if provider is None:
        return not_set_up("identities.index")
    try:
        # Somebody else may be signed in at the provider in this browser.
        _address, attempt = provider.begin(datetime.now(UTC), asks_anew=True)
    except IamError as error:
        return failed(error)
    remember(Journey(attempt, None, g.session_id))
    return redirect(url_for("identities.go_on"), 303)


@blueprint.get("/link")
@needs(Right.VIEW_TASKS)
def go_on() -> Answer:
    """Lead to the provider by a page of its own: our CSP keeps the answer to a form from leaving the site."""
    provider, journey = find_provider(), find_link(g.session_id)
    if provider is None or journey is None:
        return redirect(url_for("identities.index"), 303)
    try:
        address = provider.address_of(journey.attempt)
    except IamError as error:
        return failed(error)
    return render_template("profile/go_on.html", address=address)


@blueprint.post("/<int:identity_id>/unlink")
@needs(Right.VIEW_TASKS)
@needs_proof
def unlink(identity_id: int) -> Answer:
    """Take an identity away, if a password remains."""
    name = current_app.config["IAM_NAME"]
    try:
        unlink_identity(
            signed_in_user(), identity_id, role_rules(), g.session_id, visitor(), datetime.now(UTC)
        )
    except NeedsPassword:
        flash(_("Without a password you could not sign in any more. Nothing was changed."), "error")
    else:
        flash(_("Signing in through %(name)s leads to this account no more.", name=name), "success")
    return redirect(url_for("identities.index"), 303)
