"""Presets: values of a form kept under a name, listed, renamed, shared and deleted."""

from dataclasses import dataclass
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
from app.models import Preset, User
from app.problem_words import problem_text
from app.services import presets
from app.services.presets import PresetInput
from app.services.problems import Invalid
from app.views.preset_values import query_of_values, values_in, values_of, words_of_values
from app.views.task_form import task_rules

blueprint = Blueprint("presets", __name__, url_prefix="/presets")

Answer = Response | tuple[str, int]

# The form that the values come from.
PLAN = "plan"


@dataclass(frozen=True)
class PresetItem:
    """A preset in the list; values: with their labels; form: to change one's own."""

    preset: Preset
    values: list[tuple[str, str]]
    form: PresetForm
    is_own: bool
    may_delete: bool


@blueprint.get("")
@needs(Right.CREATE_TASK)
def index() -> str:
    """List one's own presets and those that others share."""
    return _page(signed_in_user())


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
        kept = PresetInput(form.name.data or "", query, form.is_shared.data)
        limit, now = current_app.config["PRESETS_LIMIT"], datetime.now(UTC)
        try:
            presets.save_preset(signed_in_user(), kept, limit, now, replaces=form.replaces.data)
        except Invalid as refusal:
            _show(form, *map(problem_text, refusal.problems))
        else:
            flash(_("The preset “%(name)s” is saved.", name=form.name.data), "success")
            return redirect(_back(), 303)
    words, hidden = words_of_values(values), _typed()
    return render_template("presets/save.html", form=form, values=words, hidden=hidden, back=_back()), 422


@blueprint.post("/<int:preset_id>/change")
@needs(Right.CREATE_TASK)
def change(preset_id: int) -> Answer:
    """Rename a preset, share it or keep it to oneself."""
    user, form = signed_in_user(), PresetForm()
    preset = presets.get_preset(preset_id, user)
    if form.validate() or preset.owner_id != user.id:
        name = form.name.data or ""
        try:
            presets.change_preset(preset_id, user, name, form.is_shared.data, datetime.now(UTC))
        except Invalid as refusal:
            _show(form, *map(problem_text, refusal.problems))
        else:
            flash(_("The preset “%(name)s” is saved.", name=name), "success")
            return redirect(url_for("presets.index"), 303)
    return _page(signed_in_user(), {preset_id: form}), 422


@blueprint.post("/<int:preset_id>/delete")
@needs(Right.CREATE_TASK)
def delete(preset_id: int) -> Response:
    """Delete a preset."""
    name = presets.delete_preset(preset_id, signed_in_user())
    flash(_("The preset “%(name)s” was deleted.", name=name), "success")
    return redirect(url_for("presets.index"), 303)


def _show(form: PresetForm, *words: str) -> None:
    form.name.errors = [*form.name.errors, *words]


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


def _page(user: User, forms: dict[int, PresetForm] | None = None) -> str:
    items = [
        PresetItem(
            preset=preset,
            values=words_of_values(values_of(preset)),
            form=_form_of(preset, (forms or {}).get(preset.id)),
            is_own=preset.owner_id == user.id,
            may_delete=presets.may_delete(user, preset),
        )
        for preset in presets.presets_for(user)
    ]
    return render_template("presets/list.html", items=items, limit=current_app.config["PRESETS_LIMIT"])


def _form_of(preset: Preset, sent: PresetForm | None) -> PresetForm:
    form = sent or PresetForm(formdata=None, name=preset.name, is_shared=preset.is_shared)
    # Each preset has fields of its own on the page: their ids must differ.
    form.name.id, form.is_shared.id = f"name-{preset.id}", f"shared-{preset.id}"
    form.name.label.field_id, form.is_shared.label.field_id = form.name.id, form.is_shared.id
    return form
