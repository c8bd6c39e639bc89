"""The state of the service, for the header of every page."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.identity import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/")
@public
def home() -> Response:
    """Lead to the list of tasks."""
    return redirect(url_for("tasks.index"), 303)


@blueprint.get("/heartbeat")
def heartbeat() -> str:
    """Answer the line under the bar; its context comes with every page."""
    return render_template("_heartbeat.html")
