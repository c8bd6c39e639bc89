"""Forms of pages from before the person signed in or out in another tab: nobody has attacked anybody."""

from flask import current_app, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.htmx import wants_fragment
from app.security import own_path
from app.way_back import page_to_come_back_to

# What nobody needs who is signed in.
FOR_STRANGERS = frozenset({"auth.sign_in", "code.ask", "registration.register"})


def way_out_of_an_old_page() -> Response | None:
    """Lead on who sent a form with the token of before, where it is plain what happened; None where not.

    Nothing of the form is used but where it wanted to lead.
    """
    if request.endpoint is None or wants_fragment():
        return None
    if current_user.is_authenticated and request.endpoint in FOR_STRANGERS:
        flash(_("You are signed in already."), "message")
        return redirect(own_path(request.form.get("next")) or url_for("tasks.index"), 303)
    is_public = getattr(current_app.view_functions[request.endpoint], "is_public", False)
    if current_user.is_authenticated or is_public:
        return None
    flash(_("Your session has ended; nothing was saved. Sign in and fill in the form again."), "warning")
    return redirect(url_for("auth.sign_in", next=page_to_come_back_to()), 303)
