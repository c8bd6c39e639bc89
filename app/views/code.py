"""The second step of sign-in: the code of the app, or a recovery code."""

from datetime import UTC, datetime

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.forms.proof import CodeForm
from app.identity import public, visitor
from app.security import own_path
from app.services.codes import check_code_at_sign_in
from app.services.signing_in import Entrant
from app.services.throttle import TooManyTries
from app.views.door import device_token, say_codes_left, say_too_many
from app.views.entering import AWAITING, awaited, enter_with_code, has_just_entered

blueprint = Blueprint("code", __name__)

Answer = Response | tuple[str, int] | tuple[str, int, dict[str, str]]


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@public
def ask() -> Answer:
    """Ask for the code after the right password, and sign in."""
    form = CodeForm(next=request.args.get("next"))
    entrant = awaited()
    if entrant is None:
        return _begin_again(form.next.data)
    if not form.is_submitted():
        return _page(form), 200
    return (_try(form, entrant) if form.validate() else None) or (_page(form), 422)


def _try(form: CodeForm, entrant: Entrant) -> Answer | None:
    user, typed, key = entrant.user, form.code.data or "", current_app.config["SECRET_KEY"]
    try:
        if check_code_at_sign_in(user, typed, device_token(), key, visitor(), datetime.now(UTC)):
            answer = enter_with_code(entrant, form.next.data)
            say_codes_left(typed, user)
            return answer
    except TooManyTries as refusal:
        status, headers = say_too_many(form, refusal)
        return _page(form), status, headers
    form.code.errors = [*form.code.errors, _("This code is wrong or was used already. Take the next one.")]
    return None


def _begin_again(target: str | None) -> Response:
    if has_just_entered():
        return redirect(own_path(target) or url_for("tasks.index"), 303)
    if session.pop(AWAITING, None):
        flash(_("The code was waited for too long. Please begin again."), "warning")
    return redirect(url_for("auth.sign_in", next=own_path(target)), 303)


def _page(form: CodeForm) -> str:
    return render_template("auth/code.html", form=form)
