"""Tests that are sent first: what pages say of them, and sending a task without its test."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, current_app, flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.domain.approval import ApprovalRules
from app.domain.chain import Readiness, readiness
from app.domain.twin import Trial
from app.identity import signed_in_user
from app.models import Task, User
from app.services.approval import is_waiting
from app.services.problems import ChangedMeanwhile, NotPossibleNow
from app.services.queue import as_parent, parent_waited_for
from app.services.tasks import is_visible, may_act
from app.services.twins import task_of_twin, trial_of
from app.services.waiving import is_held_by_its_test, waive_test
from app.views.refused import seen_version, words_of
from app.views.task_form import task_rules

blueprint = Blueprint("twin", __name__)


@blueprint.post("/tasks/<int:task_id>/without-test")
def waive(task_id: int) -> Response:
    """Have a task sent without waiting for its test."""
    try:
        waive_test(task_id, signed_in_user(), seen_version(), datetime.now(UTC))
    except (NotPossibleNow, ChangedMeanwhile) as refusal:
        flash(words_of(refusal), "warning")
    else:
        flash(_("It waits for its test no more."), "success")
    return redirect(url_for("tasks.show", task_id=task_id), 303)


def twin_context(task: Task, user: User) -> dict[str, Any]:
    """Return what the page of a task says of its test, or of what it tests."""
    found, tested = trial_of(task), task_of_twin(task)
    return {
        # Drafts are not everybody's to see.
        "twin": task.waits_for if task.waits_for and is_visible(user, task.waits_for) else None,
        "trial": found.name if found else None,
        "tests": tested if tested and is_visible(user, tested) else None,
        "can_waive": is_held_by_its_test(task) and may_act(user, task),
    }


def twin_help(data_type: str) -> str:
    """Say what a test of a task of this data type would be; "" where there can be none."""
    events = task_rules().twins.events.get(data_type)
    if events is None:
        return ""
    return str(
        ngettext(
            "A task of one job, %(num)s event, is sent first; this one waits until it is done.",
            "A task of one job, %(num)s events, is sent first; this one waits until it is done.",
            events,
        )
    )


def twin_help_of_chains() -> str:
    """Say what the tests of a plan would be."""
    return str(
        _(
            "For each chain a task of one job, at most %(events)s events, is sent first; the first step waits"
            " until it is done. A step that reads a dataset cannot be tested so.",
            events=current_app.config["TWIN_EVENTS"],
        )
    )


def why_it_waits(task: Task) -> str | None:
    """Say in a few words why a queued task waits for a person or for another task; None where it does not."""
    if is_waiting(task, ApprovalRules.from_settings(current_app.config)):
        return str(_("waits for approval"))
    if parent := parent_waited_for(task):
        return _why_for_parent(parent)
    words = {
        Trial.AT_WORK: _("its test, task %(id)s, is not done yet", id=task.waits_for_id),
        Trial.NOT_ON_ITS_WAY: _("held: its test, task %(id)s, has not been submitted", id=task.waits_for_id),
        Trial.FAILED: _("held: its test, task %(id)s, has come to nothing", id=task.waits_for_id),
    }
    found = trial_of(task)
    return str(words[found]) if found in words else None


def _why_for_parent(parent: Task) -> str:
    words = {
        Readiness.AT_WORK: _("its parent, task %(id)s, is not done yet", id=parent.id),
        Readiness.PARTIAL: _("held: its parent, task %(id)s, is only partly done", id=parent.id),
        Readiness.NOT_ON_ITS_WAY: _("held: its parent, task %(id)s, has not been submitted", id=parent.id),
        Readiness.DEAD: _("held: its parent, task %(id)s, has come to nothing", id=parent.id),
    }
    return str(words[readiness(as_parent(parent))])
