"""Create a task in two steps: its name, then its size. Nothing is kept between them but the URL."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.domain.labels import LABELS, Labels, check_labels
from app.domain.permission import Right
from app.domain.problem import Problem
from app.forms.task import SIZE_FIELDS, NameForm, Size, read_size
from app.identity import needs, signed_in_user
from app.models import Task
from app.services import tasks
from app.services.just_made import find_just_made, is_draft
from app.services.parameters import Preview
from app.services.problems import ChangedMeanwhile, Invalid, NotFound, NotPossibleNow
from app.services.tasks import TaskInput, check_name, refusing
from app.views.confirmed import confirmed_in, saved_fields
from app.views.label_form import LONGEST, label_views, labels_meant, labels_typed
from app.views.preset_values import choices, filled, filled_where_asked, handed_on
from app.views.submitted import submitted_words, words_of_made
from app.views.task_form import (
    collision_view,
    hidden_name_fields,
    name_card,
    name_views,
    parts_of_form,
    preview_of,
    read_name_form,
    size_card,
    size_views,
    task_rules,
    with_mend,
    without_secrets,
)
from app.views.twin import twin_help

blueprint = Blueprint("new_task", __name__)

Answer = str | Response | tuple[str, int]


@blueprint.get("/tasks/new")
@needs(Right.CREATE_TASK)
def name() -> Answer:
    """Step 1: ask for the fields of the name. What stands in the URL is filled in."""
    source, gone = filled(request.args)
    form = _form(source)
    return _name_page(form, _without_missing(_problems(form)) if request.args else [], gone)


@blueprint.post("/tasks/new")
@needs(Right.CREATE_TASK)
def check() -> Answer:
    """Step 1, sent: lead on to step 2, or say what is to be put right; or fill in a preset."""
    if (to_presets := handed_on()) is not None:
        return to_presets
    if request.form.get("action") in ("fill", "preset"):
        source, gone = filled_where_asked()
        form = _form(source)
        return _name_page(form, _without_missing(_problems(form)), gone), 422 if gone else 200
    form = _form(request.form)
    form.validate()
    problems = _problems(form)
    in_the_way = refusing(problems, confirmed_in(request.form))
    if in_the_way or "mend" in request.form:
        return _name_page(form, problems, in_the_way), 422 if in_the_way else 200
    return _to_step("new_task.size", form, confirmed_in(request.form))


@blueprint.get("/tasks/new/preview")
@needs(Right.CREATE_TASK)
def name_preview() -> str:
    """Answer the card with the name as it grows."""
    form = _form(request.args)
    problems = _problems(form, _own_id(request.args))
    card = name_card(form, problems, _own_id(request.args))
    return render_template("tasks/_name_card.html", card=card, confirmed=_confirmed_of_preview())


@blueprint.get("/tasks/new/size")
@needs(Right.CREATE_TASK)
def size() -> Answer:
    """Step 2: ask for events and jobs. Without a good name it leads back to step 1."""
    form = _form(request.args)
    if refusing(_problems(form), confirmed_in(request.args)):
        return redirect(f"{url_for('new_task.name')}?{urlencode(list(request.args.items(multi=True)))}", 303)
    return _size_page(form, _size(form, request.args), [], request.args)


@blueprint.get("/tasks/new/size/preview")
@needs(Right.CREATE_TASK)
def size_preview() -> str:
    """Answer the card that says what PanDA will make of it."""
    form = _form(request.args)
    found = _size(form, request.args)
    card = size_card(found, _preview(form, found))
    return render_template("tasks/_size_card.html", card=card, confirmed=_confirmed_of_preview())


@blueprint.post("/tasks/new/size")
@needs(Right.CREATE_TASK)
def create() -> Answer:
    """Step 2, sent: create the task as a draft, and submit it if asked to; or go back to the name."""
    form = _form(request.form)
    if request.form.get("action") == "name":
        return _to_step("new_task.name", form, _of_name(confirmed_in(request.form)))
    found = _size(form, with_mend(request.form))
    if "mend" in request.form or not found.is_complete:
        problems = [*_problems(form), *found.problems, *check_labels(_labels(), task_rules().labels)]
        return _ask_again(form, found, refusing(problems, confirmed_in(request.form)))
    if _wants_submission() and (unsendable := _preview(form, found).problems):
        return _ask_again(form, found, unsendable)
    try:
        task = _make(form, found, datetime.now(UTC))
    except Invalid as error:
        return _ask_again(form, found, error.problems)
    return _go_on_with(task)


def _to_step(endpoint: str, form: NameForm, confirmed: frozenset[str]) -> Response:
    """Lead to the other step, with all that was typed in either."""
    pairs = [*hidden_name_fields(form, confirmed), *_carried(request.form)]
    return redirect(f"{url_for(endpoint)}?{urlencode([pair for pair in pairs if pair[1]])}", 303)


def _carried(source: MultiDict[str, str]) -> list[tuple[str, str]]:
    """Return what the second step asks for, as the first one keeps it."""
    return [(name, source.get(name, "")[:LONGEST]) for name in (*SIZE_FIELDS, *LABELS, "twin")]


def _of_name(confirmed: frozenset[str]) -> frozenset[str]:
    return frozenset(key for key in confirmed if not key.startswith(("events:", "jobs:")))


def _make(form: NameForm, found: Size, now: datetime) -> Task:
    given = TaskInput(
        form.values(), form.judged_in().get("collision"), found.counts["events"], found.counts["jobs"],
        confirmed_in(request.form), _labels(), with_twin="twin" in request.form,
    )  # fmt: skip
    try:
        return tasks.create_task(signed_in_user(), given, task_rules(), now)
    except Invalid:
        just_made = find_just_made(signed_in_user(), given, task_rules(), now)
        if just_made is None:
            raise
        return just_made


def _labels() -> Labels:
    return labels_meant(labels_typed(request.form))


def _go_on_with(task: Task) -> Response:
    if _wants_submission():
        with suppress(ChangedMeanwhile, NotPossibleNow):  # the other of two clicks has submitted it
            tasks.request_submission(task.id, signed_in_user(), task.version, datetime.now(UTC))
        flash(submitted_words(task), "success")
    elif is_draft(task):
        flash(_("Saved as a draft. It is not sent until you submit it."), "success")
    else:
        flash(words_of_made(1, submit=False, are_drafts=False), "success")
    return redirect(url_for("tasks.show", task_id=task.id), 303)


def _wants_submission() -> bool:
    return request.form.get("action") == "submit"


def _ask_again(form: NameForm, found: Size, in_the_way: list[Problem]) -> tuple[str, int]:
    return _size_page(form, found, in_the_way, request.form), 422 if in_the_way else 200


def _form(source: MultiDict[str, str]) -> NameForm:
    return read_name_form(source, task_rules().context(None, datetime.now(UTC)))


def _size(form: NameForm, source: MultiDict[str, str]) -> Size:
    return read_size(source, task_rules().limits_of(form.values()))


def _problems(form: NameForm, own_id: int | None = None) -> list[Problem]:
    collision = form.judged_in().get("collision")
    return check_name(form.values(), collision, task_rules(), datetime.now(UTC), own_id)


def _own_id(args: MultiDict[str, str]) -> int | None:
    text = args.get("task", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _confirmed_of_preview() -> frozenset[str]:
    own = _own()
    return confirmed_in(request.args, saved_fields(own) if own else None)


def _own() -> Task | None:
    """Return the task that is being changed: a preview may be one of its form."""
    own_id = _own_id(request.args)
    try:
        return tasks.get_task(own_id, signed_in_user()) if own_id else None
    except NotFound:
        return None


def _preview(form: NameForm, found: Size) -> Preview:
    return preview_of(form, found, signed_in_user().username, _own())


def _name_page(form: NameForm, problems: list[Problem], in_the_way: list[Problem]) -> str:
    return render_template(
        "tasks/new_name.html",
        fields=name_views(form, problems),
        collision=collision_view(form),
        presets=choices(request.values),
        card=name_card(form, problems),
        confirmed=confirmed_in(request.values),
        problems=without_secrets(in_the_way),
        carried=[pair for pair in _carried(request.values) if pair[1]],
    )


def _without_missing(problems: list[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.code != "missing"]


def _size_page(form: NameForm, found: Size, in_the_way: list[Problem], source: MultiDict[str, str]) -> str:
    confirmed = confirmed_in(source)
    hidden = hidden_name_fields(form, _of_name(confirmed))
    card = name_card(form, [])
    context: dict[str, Any] = {
        "name": card.name or "",
        "parts": parts_of_form(form),
        "hidden_fields": [pair for pair in hidden if pair[1]],
        "size_fields": size_views(found, are_judged=source is request.form),
        "label_fields": label_views(labels_typed(source), in_the_way),
        "card": size_card(found, _preview(form, found)),
        "confirmed": confirmed,
        "problems": without_secrets(in_the_way),
        "twin_help": twin_help(form.normal()[task_rules().recipe_field]),
        "with_twin": "twin" in source,
    }
    return render_template("tasks/new_size.html", **context)
