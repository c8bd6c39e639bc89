"""Presets: values of a form kept under a name, listed, renamed, shared and deleted."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.domain.permission import Right
from app.forms.preset import NewPresetForm, PresetForm
from app.forms.saved_view import LONGEST_QUERY
from app.forms.task import COLLISION
from app.identity import needs, signed_in_user
from app.services.kept import ToKeep
from app.services.presets import PRESETS, save_preset
from app.services.problems import Invalid
from app.views.kept import change_kept, items_of, show_problems
from app.views.preset_values import query_of_values, values_in, values_of, words_of_values
from app.views.task_form import task_rules

blueprint = Blueprint("presets", __name__, url_prefix="/presets")

Answer = Response | tuple[str, int]

# The form that the values come from.
PLAN = "plan"


@blueprint.get("")
@needs(Right.CREATE_TASK)
def index() -> str:
    """List one's own presets and those that others share."""
    return _page({})


@blueprint.post("")
@needs(Right.CREATE_TASK)
def create() -> Answer:
    """Keep what a form holds under a name, and lead back to the form."""
    form, values = NewPresetForm(), values_in(request.form)
    is_good, query = form.validate(), query_of_values(values)
    if not values:
        _show(form, _("Nothing is filled in that could be kept."))
    elif len(query) > LONGEST_QUERY:
        _show(form, _("These are more values than a preset can hold."))
    elif is_good:
        kept = ToKeep(form.name.data or "", query, form.is_shared.data)
        limit, now = current_app.config["PRESETS_LIMIT"], datetime.now(UTC)
        try:
            save_preset(signed_in_user(), kept, limit, now, replaces=form.replaces.data)
        except Invalid as refusal:
            show_problems(form, refusal)
        else:
            flash(_("The preset “%(name)s” is saved.", name=form.name.data), "success")
            return redirect(_back(), 303)
    words, hidden = words_of_values(values), _typed()
    return render_template("presets/save.html", form=form, words=words, hidden=hidden, back=_back()), 422


@blueprint.post("/<int:preset_id>/change")
@needs(Right.CREATE_TASK)
def change(preset_id: int) -> Answer:
    """Rename a preset, share it or keep it to oneself."""
    form = PresetForm()
    if not change_kept(PRESETS, preset_id, form):
        return _page({preset_id: form}), 422
    flash(_("The preset “%(name)s” is saved.", name=form.name.data), "success")
    return redirect(url_for("presets.index"), 303)


@blueprint.post("/<int:preset_id>/delete")
@needs(Right.CREATE_TASK)
def delete(preset_id: int) -> Response:
    """Delete a preset."""
    name = PRESETS.delete(preset_id, signed_in_user())
    flash(_("The preset “%(name)s” was deleted.", name=name), "success")
    return redirect(url_for("presets.index"), 303)


def _show(form: PresetForm, words: str) -> None:
    form.name.errors = [*form.name.errors, words]


def _typed() -> list[tuple[str, str]]:
    """Return all that was typed into the form of a task or a plan: it is filled in again."""
    names = {*task_rules().convention.field_names, COLLISION, "events", "steps", "from", "form_of"}
    pairs = request.form.items(multi=True)
    return [
        (name, text)
        for name, text in pairs
        if text and (name in names or (name.startswith("cell-") and text != request.form.get(f"was-{name}")))
    ]


def _back() -> str:
    """Return the address of the form with what was typed; without the cells where no address holds them."""
    typed = [(name, text) for name, text in _typed() if name != "form_of"]
    if len(urlencode(typed)) > LONGEST_QUERY:
        typed = [(name, text) for name, text in typed if not name.startswith("cell-")]
    endpoint = "plan.show" if request.form.get("form_of") == PLAN else "new_task.name"
    return f"{url_for(endpoint)}?{urlencode(typed)}"


def _page(sent: dict[int, PresetForm]) -> str:
    items = items_of(PRESETS, lambda preset: words_of_values(values_of(preset)), sent)
    return render_template("presets/list.html", items=items, limit=current_app.config["PRESETS_LIMIT"])
