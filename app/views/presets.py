"""Presets: values of a form kept under a name, listed, renamed, shared and deleted."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.domain.permission import Right
from app.forms.preset import NewPresetForm, PresetForm
from app.forms.saved_view import LONGEST_QUERY
from app.identity import needs, signed_in_user
from app.services.kept import ToKeep
from app.services.presets import PRESETS, save_preset
from app.services.problems import Invalid
from app.views.kept import change_kept, items_of, show_problems
from app.views.preset_values import (
    FORM_OF,
    PLAN,
    PRESET,
    address_back,
    query_of_values,
    values_in,
    values_of,
    words_of_values,
)

blueprint = Blueprint("presets", __name__, url_prefix="/presets")

Answer = Response | tuple[str, int]

# What belongs to the form of a preset; all else is of the form whose values are kept.
OWN_FIELDS = frozenset({"name", "is_shared", "replaces", "action", "csrf_token"})


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
            return _back()
    typed = [pair for pair in request.form.items(multi=True) if pair[0] not in OWN_FIELDS]
    context = {"words": words_of_values(values), "typed": typed, "back": address_back()}
    return render_template("presets/save.html", form=form, **context), 422


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


def _back() -> Response:
    """Lead back to the form with all that was typed: in the address, or sent on where that is too long."""
    left_out = {*OWN_FIELDS, FORM_OF, PRESET}
    typed = [
        (name, text)
        for name, text in request.form.items(multi=True)
        if text
        and name not in left_out
        and not name.startswith("was-")
        and text != request.form.get(f"was-{name}")
    ]
    query = urlencode(typed)
    if len(query) > LONGEST_QUERY:
        return redirect(address_back(), 307)
    endpoint = "plan.show" if request.form.get(FORM_OF) == PLAN else "new_task.name"
    return redirect(f"{url_for(endpoint)}?{query}", 303)


def _page(sent: dict[int, PresetForm]) -> str:
    items = items_of(PRESETS, lambda preset: words_of_values(values_of(preset)), sent)
    return render_template("presets/list.html", items=items, limit=current_app.config["PRESETS_LIMIT"])
