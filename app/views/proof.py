"""Ask once more who somebody is, before what guards an account changes."""

from datetime import UTC, datetime

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.domain.permission import Right
from app.forms.proof import ProofForm, ProofWithCodeForm
from app.identity import needs, signed_in_user, visitor
from app.models import User
from app.security import own_path
from app.services import sessions
from app.services.codes import check_code
from app.services.signing_in import Guess, prove
from app.services.throttle import TooManyTries
from app.views.door import device_token, say_codes_left, say_too_many, try_limits
from app.views.entering import go_on

blueprint = Blueprint("proof", __name__)

Answer = Response | tuple[str, int] | tuple[str, int, dict[str, str]]


@blueprint.route("/prove", methods=["GET", "POST"])
@needs(Right.VIEW_TASKS)
def ask() -> Answer:
    """Ask for the password, and the code where there is a second factor; lead on to where it was needed."""
    user = signed_in_user()
    if user.password_hash is None:
        return _to_the_provider(request.values.get("next"))
    make = ProofWithCodeForm if user.totp_confirmed_at else ProofForm
    form = make(next=request.args.get("next"))
    if not form.is_submitted():
        return _page(form), 200
    return (_try(form, user) if form.validate() else None) or (_page(form), 422)


def _try(form: ProofForm, user: User) -> Answer | None:
    try:
        if not _is_proof(form, user):
            return None
    except TooManyTries as refusal:
        status, headers = say_too_many(form, refusal)
        return _page(form), status, headers
    go_on(user, sessions.note_proof(g.session_id, datetime.now(UTC)))
    return redirect(own_path(form.next.data) or url_for("own_sessions.show"), 303)


def _is_proof(form: ProofForm, user: User) -> bool:
    """Look at the password first: a code that was not asked in vain is not used up."""
    now = datetime.now(UTC)
    guess = Guess(user.username, form.password.data or "", device_token())
    if not prove(user, guess, try_limits(), visitor(), now):
        form.password.errors = [*form.password.errors, _("The password is wrong.")]
        return False
    if not isinstance(form, ProofWithCodeForm):
        return True
    if check_code(user, form.code.data or "", current_app.config["SECRET_KEY"], visitor(), now):
        say_codes_left(form.code.data or "", user)
        return True
    form.code.errors = [*form.code.errors, _("This code is wrong or was used already. Take the next one.")]
    return False


def _to_the_provider(target: str | None) -> Response:
    """Lead somebody without a password to where they came from: signing in anew is the proof."""
    return redirect(url_for("iam.sign_in", next=own_path(target)), 303)


def _page(form: ProofForm) -> str:
    return render_template("auth/prove.html", form=form)
