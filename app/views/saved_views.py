"""Saved views: to keep what the list of tasks shows, open it, rename, share and delete it."""

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.domain.permission import Right
from app.forms.saved_view import NewViewForm, SavedViewForm
from app.identity import needs, signed_in_user
from app.services.problems import Invalid
from app.services.saved_views import VIEWS, ViewInput, choose_default, find_default, save_view
from app.services.task_query import TaskQuery
from app.views.filter_words import chips_of
from app.views.kept import Words, change_kept, items_of, show_problems
from app.views.task_filters import read_query, tasks_url, url_parts, view_url
from app.views.urls import query_of

blueprint = Blueprint("saved_views", __name__, url_prefix="/views")

Answer = Response | tuple[str, int]


@blueprint.get("")
@needs(Right.VIEW_TASKS)
def index() -> str:
    """List one's own views and those that others share."""
    return _page({})


@blueprint.get("/<int:view_id>")
@needs(Right.VIEW_TASKS)
def show(view_id: int) -> Response:
    """Open a view: it is the address of a list."""
    return redirect(view_url(VIEWS.get(view_id, signed_in_user())), 303)


@blueprint.post("")
@needs(Right.VIEW_TASKS)
def create() -> Answer:
    """Keep what the list shows under a name."""
    form, user = NewViewForm(), signed_in_user()
    query = _query_in(form.query.data or "")
    given = query_of(url_parts(query))
    if form.validate():
        kept = ViewInput(form.name.data or "", given, form.is_shared.data, query.list_key)
        limit, now = current_app.config["SAVED_VIEWS_LIMIT"], datetime.now(UTC)
        try:
            save_view(user, kept, limit, now, replaces=form.replaces.data)
        except Invalid as refusal:
            show_problems(form, refusal)
        else:
            flash(_("The view “%(name)s” is saved.", name=form.name.data), "success")
            return redirect(tasks_url(**url_parts(query)), 303)
    back = tasks_url(**url_parts(query))
    return render_template("saved_views/save.html", form=form, back=back, words=_words_of(query)), 422


@blueprint.post("/<int:view_id>/change")
@needs(Right.VIEW_TASKS)
def change(view_id: int) -> Answer:
    """Rename a view, share it or keep it to oneself."""
    form = SavedViewForm()
    if not change_kept(VIEWS, view_id, form):
        return _page({view_id: form}), 422
    flash(_("The view “%(name)s” is saved.", name=form.name.data), "success")
    return redirect(url_for("saved_views.index"), 303)


@blueprint.post("/<int:view_id>/delete")
@needs(Right.VIEW_TASKS)
def delete(view_id: int) -> Response:
    """Delete a view."""
    name = VIEWS.delete(view_id, signed_in_user())
    flash(_("The view “%(name)s” was deleted.", name=name), "success")
    return redirect(url_for("saved_views.index"), 303)


@blueprint.post("/<int:view_id>/default")
@needs(Right.VIEW_TASKS)
def choose(view_id: int) -> Response:
    """Have one's list of tasks begin with a view."""
    choose_default(signed_in_user(), view_id)
    flash(_("Your list of tasks begins with this view from now on."), "success")
    return redirect(url_for("saved_views.index"), 303)


@blueprint.post("/no-default")
@needs(Right.VIEW_TASKS)
def choose_none() -> Response:
    """Have one's list of tasks begin with everything."""
    choose_default(signed_in_user(), None)
    flash(_("Your list of tasks begins with all tasks from now on."), "success")
    return redirect(url_for("saved_views.index"), 303)


def _query_in(text: str) -> TaskQuery:
    """Read a query as the list does; the page is none of it."""
    return replace(read_query(MultiDict(parse_qsl(text))), page=1)


def _words_of(query: TaskQuery) -> Words:
    return [(chip.label, chip.value) for chip in chips_of(query, lambda **_changes: "")]


def _page(sent: dict[int, SavedViewForm]) -> str:
    default = find_default(signed_in_user())
    return render_template(
        "saved_views/list.html",
        items=items_of(VIEWS, lambda view: _words_of(_query_in(view.query)), sent),
        default_id=default.id if default else None,
        limit=current_app.config["SAVED_VIEWS_LIMIT"],
        everything_url=tasks_url(),
    )
