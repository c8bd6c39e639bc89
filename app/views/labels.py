"""The labels of a task, tags, campaign and request: changed at any time, whatever the state."""

from collections.abc import Mapping
from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.domain.labels import Labels
from app.domain.permission import Right
from app.domain.problem import Problem
from app.identity import signed_in_user
from app.models import Task
from app.services import labels, tasks
from app.services.problems import ChangedMeanwhile, Invalid, NotAllowed
from app.views.label_form import (
    as_typed,
    hidden_labels,
    label_views,
    labels_meant,
    labels_seen,
    labels_typed,
)
from app.views.names import named
from app.views.task_form import task_rules

blueprint = Blueprint("labels", __name__)

Answer = str | Response | tuple[str, int]


@blueprint.get("/tasks/<int:task_id>/labels")
def edit(task_id: int) -> Answer:
    """Show the labels as a form."""
    task = _task_to_label(task_id)
    kept = labels.labels_of(task)
    return _page(task, kept, as_typed(kept), [])


@blueprint.post("/tasks/<int:task_id>/labels")
def save(task_id: int) -> Answer:
    """Save the labels, unless somebody gave the task others meanwhile."""
    task = _task_to_label(task_id)
    typed, seen, user = labels_typed(request.form), labels_seen(request.form), signed_in_user()
    try:
        given, now = labels_meant(typed), datetime.now(UTC)
        labels.change_labels(task_id, user, seen, given, task_rules().labels, now)
    except Invalid as refusal:
        return _page(task, seen, typed, refusal.problems), 422
    except ChangedMeanwhile as refusal:
        kept = labels.labels_of(refusal.task)
        flash(_changed_words(kept), "warning")
        return _page(refusal.task, kept, typed, []), 409
    flash(_("The labels are saved."), "success")
    return redirect(url_for("tasks.show", task_id=task_id), 303)


def _task_to_label(task_id: int) -> Task:
    task = tasks.get_task(task_id, signed_in_user())
    if not tasks.may_act(signed_in_user(), task):
        raise NotAllowed(Right.CHANGE_TASK)
    return task


def _changed_words(kept: Labels) -> str:
    none = _("none")
    now = "; ".join(f"{view.label}: {view.value or none}" for view in label_views(as_typed(kept), []))
    words: str = _(
        "Somebody changed the labels meanwhile. They are now: %(labels)s. "
        "Save again to put yours in their place.",
        labels=now,
    )
    return words


def _page(task: Task, seen: Labels, typed: Mapping[str, str], problems: list[Problem]) -> str:
    fields = label_views(typed, problems)
    shown = {"task": named(task), "seen": hidden_labels(seen), "fields": fields, "problems": problems}
    return render_template("tasks/labels.html", **shown)
