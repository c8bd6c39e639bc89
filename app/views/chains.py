"""Chains: listed, shown, acted on as a whole; a part that is accepted, so that the next step may go on."""

from datetime import UTC, datetime

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.domain.task_state import TaskAction, is_changing
from app.htmx import nothing_new, wants_fragment
from app.identity import signed_in_user
from app.services import chains
from app.services.chain_list import chains_of, get_chain, list_chains
from app.services.problems import ChangedMeanwhile, NotFound, NotPossibleNow
from app.views.chain_page import chain_context, list_context, revision_of_page
from app.views.keep_fresh import keep_fresh
from app.views.refused import seen_version, version_in, words_of
from app.views.urls import page_number

blueprint = Blueprint("chains", __name__)

# What can be done to a whole chain: the last part of the URL.
ACTIONS = {action.value: action for action in (TaskAction.SUBMIT, TaskAction.WITHDRAW, TaskAction.DELETE)}


@blueprint.get("/chains")
def index() -> str | Response:
    """List the chains, newest first; a poll that finds nothing changed gets an empty answer."""
    config, user = current_app.config, signed_in_user()
    number = page_number(request.args.get("page"))
    page = list_chains(user, number, config["LIST_PAGE_SIZE"], config["COUNT_LIMIT"])
    context = list_context(page, chains_of(page.rows, user))
    if request.args.get("revision") == context["revision"]:
        return nothing_new()
    return render_template("chains/_table.html" if wants_fragment() else "chains/list.html", **context)


@blueprint.get("/chains/<int:chain_id>")
def show(chain_id: int) -> str | Response:
    """Show the steps of a chain side by side; a poll that finds nothing changed gets an empty answer."""
    chain = get_chain(chain_id, signed_in_user())
    keep_fresh(task for task in chain.tasks if is_changing(task.shown_state))
    if request.args.get("revision") == revision_of_page(chain):
        return nothing_new()
    context = chain_context(chain, signed_in_user())
    return render_template("chains/_chain.html" if wants_fragment() else "chains/page.html", **context)


@blueprint.post("/chains/<int:chain_id>/<action>")
def act(chain_id: int, action: str) -> Response:
    """Submit, withdraw or delete all tasks of a chain whose state allows it."""
    if action not in ACTIONS:
        raise NotFound
    seen = [text.partition(":") for text in request.form.getlist("task")]
    versions = {version_in(task_id): version_in(version) for task_id, _colon, version in seen}
    try:
        number = chains.act_on_chain(chain_id, signed_in_user(), ACTIONS[action], versions, datetime.now(UTC))
    except (NotPossibleNow, ChangedMeanwhile) as refusal:
        flash(words_of(refusal), "warning")
        return redirect(url_for("chains.show", chain_id=chain_id), 303)
    flash(_done(ACTIONS[action], number), "success" if number else "warning")
    gone = action == TaskAction.DELETE.value and number
    return redirect(url_for("chains.index") if gone else url_for("chains.show", chain_id=chain_id), 303)


def _done(action: TaskAction, number: int) -> str:
    if not number:
        return str(_("Nothing was done: the state of no task allows it."))
    words = {
        TaskAction.SUBMIT: ngettext("%(num)s task is submitted.", "%(num)s tasks are submitted.", number),
        TaskAction.WITHDRAW: ngettext("%(num)s task is withdrawn.", "%(num)s tasks are withdrawn.", number),
        TaskAction.DELETE: ngettext("%(num)s draft is deleted.", "%(num)s drafts are deleted.", number),
    }
    return str(words[action])


@blueprint.post("/tasks/<int:task_id>/accept-part")
def accept_part(task_id: int) -> Response:
    """Have the children of a task that is only partly done sent all the same."""
    try:
        chains.accept_part(task_id, signed_in_user(), seen_version(), datetime.now(UTC))
    except (NotPossibleNow, ChangedMeanwhile) as refusal:
        flash(words_of(refusal), "warning")
    else:
        flash(_("Accepted. The tasks that wait for it are sent within seconds."), "success")
    return redirect(url_for("tasks.show", task_id=task_id), 303)
