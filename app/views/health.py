"""The state of the service, for the header of every page."""

from flask import Blueprint, make_response, redirect, render_template, url_for
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from app.identity import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/")
@public
def home() -> Response:
    """Lead to the list of tasks."""
    return redirect(url_for("tasks.index"), 303)


@blueprint.get("/heartbeat")
def heartbeat() -> Response:
    """Answer the line under the bar; its context comes with every page.

    With it comes the token for forms: that of an open page is void once the person has signed in anew.
    """
    answer = make_response(render_template("_heartbeat.html"))
    answer.headers["X-CSRFToken"] = generate_csrf()
    return answer
