"""Saved views: to keep what the list of tasks shows, open it, rename, share and delete it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.domain.permission import Right
from app.forms.saved_view import NewViewForm, SavedViewForm
from app.identity import needs, signed_in_user
from app.models import SavedView, User
from app.problem_words import problem_text
from app.services import saved_views
from app.services.problems import Invalid
from app.services.saved_views import ViewInput
from app.services.task_query import TaskQuery
from app.views.filter_words import Chip, chips_of
from app.views.task_filters import read_query, tasks_url, url_parts, view_url
from app.views.urls import query_of

blueprint = Blueprint("saved_views", __name__, url_prefix="/views")

Answer = Response | tuple[str, int]


@dataclass(frozen=True)
class ViewItem:
    """A view in the list of views; form: to change one's own."""

    view: SavedView
    chips: list[Chip]
    form: SavedViewForm
    is_own: bool
    is_default: bool
    may_delete: bool


@blueprint.get("")
@needs(Right.VIEW_TASKS)
def index() -> str:
    """List one's own views and those that others share."""
    return _page(signed_in_user())


@blueprint.get("/<int:view_id>")
@needs(Right.VIEW_TASKS)
def show(view_id: int) -> Response:
    """Open a view: it is the address of a list."""
    return redirect(view_url(saved_views.get_view(view_id, signed_in_user())), 303)


@blueprint.post("")
@needs(Right.VIEW_TASKS)
def create() -> Answer:
    """Keep what the list shows under a name."""
    form, user = NewViewForm(), signed_in_user()
    query = _query_in(form.query.data or "")
    given = query_of(url_parts(query))
    if form.validate():
        kept = ViewInput(form.name.data or "", given, query.list_key, form.is_shared.data)
        limit, now = current_app.config["SAVED_VIEWS_LIMIT"], datetime.now(UTC)
        try:
            saved_views.save_view(user, kept, limit, now, replaces=form.replaces.data)
        except Invalid as refusal:
            _show_problems(form, refusal)
        else:
            flash(_("The view “%(name)s” is saved.", name=form.name.data), "success")
            return redirect(tasks_url(**url_parts(query)), 303)
    back = tasks_url(**url_parts(query))
    return render_template("saved_views/save.html", form=form, back=back, chips=_chips(query)), 422


@blueprint.post("/<int:view_id>/change")
@needs(Right.VIEW_TASKS)
def change(view_id: int) -> Answer:
    """Rename a view, share it or keep it to oneself."""
    user, form = signed_in_user(), SavedViewForm()
    view = saved_views.get_view(view_id, user)
    if form.validate() or view.owner_id != user.id:
        name = form.name.data or ""
        try:
            saved_views.change_view(view_id, user, name, form.is_shared.data, datetime.now(UTC))
        except Invalid as refusal:
            _show_problems(form, refusal)
        else:
            flash(_("The view “%(name)s” is saved.", name=name), "success")
            return redirect(url_for("saved_views.index"), 303)
    return _page(signed_in_user(), {view_id: form}), 422


@blueprint.post("/<int:view_id>/delete")
@needs(Right.VIEW_TASKS)
def delete(view_id: int) -> Response:
    """Delete a view."""
    name = saved_views.delete_view(view_id, signed_in_user())
    flash(_("The view “%(name)s” was deleted.", name=name), "success")
    return redirect(url_for("saved_views.index"), 303)


@blueprint.post("/<int:view_id>/default")
@needs(Right.VIEW_TASKS)
def choose(view_id: int) -> Response:
    """Have one's list of tasks begin with a view."""
    saved_views.choose_default(signed_in_user(), view_id)
    flash(_("Your list of tasks begins with this view from now on."), "success")
    return redirect(url_for("saved_views.index"), 303)


@blueprint.post("/no-default")
@needs(Right.VIEW_TASKS)
def choose_none() -> Response:
    """Have one's list of tasks begin with everything."""
    saved_views.choose_default(signed_in_user(), None)
    flash(_("Your list of tasks begins with all tasks from now on."), "success")
    return redirect(url_for("saved_views.index"), 303)


def _query_in(text: str) -> TaskQuery:
    """Read a query as the list does; the page is none of it."""
    return replace(read_query(MultiDict(parse_qsl(text))), page=1)


def _chips(query: TaskQuery) -> list[Chip]:
    return chips_of(query, lambda **_changes: "")


def _show_problems(form: SavedViewForm, refusal: Invalid) -> None:
    for problem in refusal.problems:
        form[problem.field].errors = [*form[problem.field].errors, problem_text(problem)]


def _page(user: User, forms: dict[int, SavedViewForm] | None = None) -> str:
    default = saved_views.find_default(user)
    items = [
        ViewItem(
            view=view,
            chips=_chips(_query_in(view.query)),
            form=_form_of(view, (forms or {}).get(view.id)),
            is_own=view.owner_id == user.id,
            is_default=default is not None and default.id == view.id,
            may_delete=saved_views.may_delete(user, view),
        )
        for view in saved_views.views_for(user)
    ]
    context: dict[str, Any] = {"items": items, "limit": current_app.config["SAVED_VIEWS_LIMIT"]}
    return render_template("saved_views/list.html", **context, everything_url=tasks_url())


def _form_of(view: SavedView, sent: SavedViewForm | None) -> SavedViewForm:
    form = sent or SavedViewForm(formdata=None, name=view.name, is_shared=view.is_shared)
    # Each view has fields of its own on the page: their ids must differ.
    form.name.id, form.is_shared.id = f"name-{view.id}", f"shared-{view.id}"
    form.name.label.field_id, form.is_shared.label.field_id = form.name.id, form.is_shared.id
    return form
