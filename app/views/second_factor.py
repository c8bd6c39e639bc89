"""The second factor of one's own account: set it up, switch it off, make new recovery codes."""

from datetime import UTC, datetime
from math import ceil
from urllib.parse import quote

import segno
from flask import Blueprint, current_app, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.domain.permission import Right
from app.forms.proof import CodeForm
from app.identity import needs, signed_in_user, visitor
from app.proof import needs_proof
from app.services import second_factor
from app.services.codes import count_recovery_codes, secret_of
from app.services.throttle import TooManyTries
from app.views.door import say_too_many

blueprint = Blueprint("second_factor", __name__, url_prefix="/profile/second-factor")

Answer = Response | str | tuple[str, int] | tuple[str, int, dict[str, str]]


@blueprint.get("")
@needs(Right.VIEW_TASKS)
@needs_proof
def show() -> Answer:
    """Show whether there is one, or the picture to scan."""
    return _page(CodeForm())


@blueprint.post("/begin")
@needs(Right.VIEW_TASKS)
@needs_proof
def begin() -> Answer:
    """Make a secret and show it; it counts once a code has confirmed it."""
    if signed_in_user().password_hash is not None:
        second_factor.propose(signed_in_user(), current_app.config["SECRET_KEY"])
    return _back()


@blueprint.post("/confirm")
@needs(Right.VIEW_TASKS)
@needs_proof
def confirm() -> Answer:
    """Switch it on with a code, and show the recovery codes."""
    user, form = signed_in_user(), CodeForm()
    if user.totp_confirmed_at is not None:
        return _is_on_already()
    if user.totp_secret is None:
        return _back()
    return (_try(form) if form.validate() else None) or (_page(form), 422)


@blueprint.post("/off")
@needs(Right.VIEW_TASKS)
@needs_proof
def switch_off() -> Answer:
    """Switch it off, or give up setting it up."""
    was_on = signed_in_user().totp_confirmed_at is not None
    second_factor.switch_off(signed_in_user(), visitor(), datetime.now(UTC))
    if was_on:
        flash(_("The second factor is switched off."), "message")
    return _back()


@blueprint.post("/recovery-codes")
@needs(Right.VIEW_TASKS)
@needs_proof
def recovery_codes() -> Answer:
    """Make new recovery codes and show them; the old ones are worth nothing from now on."""
    try:
        codes = second_factor.make_recovery_codes(signed_in_user(), visitor(), datetime.now(UTC))
    except TooManyTries as refusal:
        return _too_often(refusal)
    return _codes_page(codes) if codes else _back()


def _try(form: CodeForm) -> Answer | None:
    try:
        codes = second_factor.switch_on(
            signed_in_user(), form.code.data or "", current_app.config["SECRET_KEY"], visitor(),
            datetime.now(UTC), session_id=g.session_id,
        )  # fmt: skip
    except TooManyTries as refusal:
        status, headers = say_too_many(form, refusal)
        return _page(form), status, headers
    if codes is None and signed_in_user().totp_confirmed_at is not None:
        return _is_on_already()
    if codes is None:
        wrong = _("This code is wrong. Is the clock of the telephone right? Take the next one.")
        form.code.errors = [*form.code.errors, wrong]
        return None
    return _codes_page(codes)


def _page(form: CodeForm) -> str:
    user = signed_in_user()
    secret = None if user.totp_confirmed_at else secret_of(user, current_app.config["SECRET_KEY"])
    return render_template(
        "profile/second_factor.html",
        form=form,
        user=user,
        secret=secret,
        picture=_picture(second_factor.address_of(user, secret)) if secret else None,
        codes_left=count_recovery_codes(user),
        is_required=user.role in current_app.config["SECOND_FACTOR_FOR"],
    )


def _codes_page(codes: list[str]) -> str:
    """Show the codes in the answer itself: they are kept nowhere, so no other page could show them."""
    text = "\n".join([f"{second_factor.ISSUER}: {signed_in_user().username}", *codes, ""])
    file = f"data:text/plain,{quote(text)}"
    return render_template("profile/recovery_codes.html", codes=codes, file=file, is_shown_once=True)


def _picture(address: str) -> str:
    """Return the QR code as an address of an image: dark on white in both themes, for cameras."""
    return str(segno.make(address, error="m").svg_data_uri(scale=5, border=4, dark="#000", light="#fff"))


def _too_often(refusal: TooManyTries) -> Response:
    minutes = ceil((refusal.again_at - datetime.now(UTC)).total_seconds() / 60)
    words = ngettext(
        "Too many tries. Try again in %(num)s minute.",
        "Too many tries. Try again in %(num)s minutes.",
        max(1, minutes),
    )
    flash(words, "error")
    return _back()


def _is_on_already() -> Response:
    """Answer the second of two clicks: the browser never showed the answer to the first, and its codes."""
    flash(
        _("The second factor is on. If you have not seen your recovery codes, make new ones here."), "message"
    )
    return _back()


def _back() -> Response:
    return redirect(url_for("second_factor.show"), 303)
