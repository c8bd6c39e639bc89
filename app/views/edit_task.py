"""Change a task until it is sent. Of two editors one wins; the other sees both versions."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.domain.permission import Right
from app.domain.problem import Problem
from app.domain.task_state import TaskAction, TaskState, allows
from app.forms.task import COLLISION, SIZE_FIELDS, NameForm, Size, read_size
from app.identity import needs, signed_in_user
from app.messages import state_word
from app.models import Task
from app.page_context import field_label
from app.services import tasks
from app.services.problems import ChangedMeanwhile, Invalid, NotAllowed, NotPossibleNow
from app.services.tasks import TaskInput, check_name, refusing, warning_key
from app.views.confirmed import AS_SAVED, confirmed_in, saved_fields
from app.views.names import named
from app.views.task_form import (
    collision_view,
    name_card,
    name_views,
    preview_of,
    read_name_form,
    size_card,
    size_views,
    task_rules,
    with_mend,
    without_secrets,
)

blueprint = Blueprint("edit_task", __name__)

Answer = str | Response | tuple[str, int]


@blueprint.get("/tasks/<int:task_id>/edit")
@needs(Right.CREATE_TASK)
def edit(task_id: int) -> Answer:
    """Show the task as a form."""
    task = _task_to_edit(task_id)
    if not allows(TaskState(task.state), TaskAction.EDIT):
        return _too_late(task)
    source = MultiDict(saved_fields(task))
    problems = _problems(*_read(source), task.id)
    # They were confirmed when it was saved.
    source.setlist("confirmed", [warning_key(each) + AS_SAVED for each in problems if not each.is_error])
    return _page(task, task.version, source, [])


@blueprint.post("/tasks/<int:task_id>/edit")
@needs(Right.CREATE_TASK)
def save(task_id: int) -> Answer:
    """Save the changes, unless the task was sent or changed meanwhile."""
    task = _task_to_edit(task_id)
    if not allows(TaskState(task.state), TaskAction.EDIT):
        return _too_late(task)
    source = with_mend(request.form)
    # Not "version": that is a field of the name.
    version = source.get("task_version", type=int) or 0
    in_the_way = _in_the_way(task, source)
    if in_the_way or "mend" in request.form:
        return _page(task, version, source, in_the_way), 422 if in_the_way else 200
    given, now = _input(task, source), datetime.now(UTC)
    try:
        tasks.change_task(task_id, signed_in_user(), version, given, task_rules(), now)
    except Invalid as error:
        return _page(task, version, source, error.problems), 422
    except NotPossibleNow as refusal:
        return _too_late(refusal.task)
    except ChangedMeanwhile as refusal:
        return _conflict(refusal.task, source), 409
    flash(_("The changes are saved."), "success")
    return redirect(url_for("tasks.show", task_id=task_id), 303)


def _task_to_edit(task_id: int) -> Task:
    task = tasks.get_task(task_id, signed_in_user())
    if not tasks.may_act(signed_in_user(), task):
        raise NotAllowed(Right.CHANGE_TASK)
    return task


def _read(source: MultiDict[str, str]) -> tuple[NameForm, Size]:
    rules = task_rules()
    form = read_name_form(source, rules.context(None, datetime.now(UTC)))
    return form, read_size(source, rules.limits_of(form.values()))


def _problems(form: NameForm, size: Size, task_id: int) -> list[Problem]:
    collision = form.judged_in().get(COLLISION)
    return [*check_name(form.values(), collision, task_rules(), datetime.now(UTC), task_id), *size.problems]


def _in_the_way(task: Task, source: MultiDict[str, str]) -> list[Problem]:
    form, size = _read(source)
    found = refusing(_problems(form, size, task.id), confirmed_in(source, saved_fields(task)))
    if found or task.state == TaskState.DRAFT.value:
        return found
    # It is queued already: what it becomes must be fit to be sent.
    return preview_of(form, size, task.creator_name, task).problems


def _input(task: Task, source: MultiDict[str, str]) -> TaskInput:
    form, size = _read(source)
    collision = form.judged_in().get(COLLISION)
    counts = size.counts
    confirmed = confirmed_in(source, saved_fields(task))
    return TaskInput(form.values(), collision, counts["events"], counts["jobs"], confirmed)


def _too_late(task: Task) -> Response:
    words = state_word(task.shown_state)
    flash(_("It cannot be changed now: the task is “%(state)s”.", state=words), "warning")
    return redirect(url_for("tasks.show", task_id=task.id), 303)


def _page(task: Task, version: int, source: MultiDict[str, str], in_the_way: list[Problem]) -> str:
    form, size = _read(source)
    problems = _problems(form, size, task.id)
    context: dict[str, Any] = {
        "task": named(task),
        "version": version,
        "fields": name_views(form, problems),
        "collision": collision_view(form),
        "size_fields": size_views(size, are_judged=True),
        "name_card": name_card(form, problems, task.id),
        "size_card": size_card(size, preview_of(form, size, task.creator_name, task)),
        "confirmed": confirmed_in(source, saved_fields(task)),
        "problems": without_secrets(in_the_way),
    }
    return render_template("tasks/edit.html", **context)


def _conflict(task: Task, source: MultiDict[str, str]) -> str:
    theirs = saved_fields(task)
    names = [*task_rules().convention.field_names, COLLISION, *SIZE_FIELDS]
    mine = {name: source.get(name, "") for name in names}
    form, size = _read(source)
    counts = {name: str(count) for name, count in size.counts.items()}
    meant = {**mine, **form.normal(), **counts}  # 059 is no difference from 59
    differing = [
        (field_label(name), mine[name], theirs.get(name, ""))
        for name in names
        if meant[name] != theirs.get(name, "")
    ]
    return render_template(
        "tasks/conflict.html",
        task=named(task),
        version=task.version,
        mine=mine,
        theirs=theirs,
        differing=differing,
        confirmed={key for key in confirmed_in(source, theirs) if not key.endswith(AS_SAVED)},
    )
