"""The values of a preset: taken from a form, and put into one where nothing was typed."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from flask import redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.domain.name_field import Kind
from app.domain.plain_text import without_control_characters
from app.domain.problem import Problem
from app.forms.plan import EVENTS, STEPS
from app.forms.task import COLLISION
from app.identity import signed_in_user
from app.models import Preset
from app.page_context import field_label
from app.services.presets import PRESETS
from app.services.problems import NotFound
from app.views.refused import version_in
from app.views.task_form import task_rules

Source = MultiDict[str, str]

PRESET = "preset"
# A name is used once: a version that a preset brought would be taken already.
NOT_KEPT = ("version",)
# What the form says of itself.
FORM_OF, PLAN = "form_of", "plan"
# Between several values of a field, as the planner reads them.
_BETWEEN = ", "


@dataclass(frozen=True)
class PresetChoice:
    """A preset as the forms offer it."""

    id: int
    label: str
    is_chosen: bool


def handed_on() -> Response | None:
    """Return the way on with the form as it was sent, where its values are to be kept; else None."""
    is_meant = request.form.get("action") == "preset" and "back" not in request.args
    return redirect(url_for("presets.create"), 307) if is_meant else None


def address_back() -> str:
    """Return where the form that was sent shows again what was typed, once it is sent there."""
    endpoint = "plan.make" if request.form.get(FORM_OF) == PLAN else "new_task.check"
    return url_for(endpoint, back=1)


def fields_kept() -> tuple[str, ...]:
    """Return the fields that a preset may hold, in the order of the name."""
    names = [name for name in task_rules().convention.field_names if name not in NOT_KEPT]
    return (*names, COLLISION, EVENTS, STEPS)


def values_in(source: Source) -> dict[str, str]:
    """Return what a form holds that can be kept; empty fields are left out."""
    texts = {name: _BETWEEN.join(filter(None, map(_clean, source.getlist(name)))) for name in fields_kept()}
    return {name: text for name, text in texts.items() if text}


def query_of_values(values: dict[str, str]) -> str:
    """Return values as they are stored."""
    return urlencode(values)


def values_of(preset: Preset) -> dict[str, str]:
    """Return the values of a preset; of fields that there are no more none."""
    stored = dict(parse_qsl(preset.query))
    return {name: stored[name] for name in fields_kept() if name in stored}


def words_of_values(values: dict[str, str]) -> list[tuple[str, str]]:
    """Return values with the labels of their fields."""
    return [(field_label(name), text) for name, text in values.items()]


def filled(source: Source) -> tuple[Source, list[Problem]]:
    """Return a form with the values of its preset where nothing was typed, and what is wrong with the preset.

    The steps of a plan are never empty: those of the preset count.
    """
    if not source.get(PRESET):
        return source, []
    try:
        preset = PRESETS.get(version_in(source[PRESET]), signed_in_user())
    except NotFound:
        return source, [Problem(PRESET, "preset_gone")]
    result = source.copy()
    for name, text in values_of(preset).items():
        if name == STEPS or not any(map(_clean, source.getlist(name))):
            result.setlist(name, text.split(_BETWEEN) if _is_choice(name) else [text])
    return result, []


def filled_where_asked() -> tuple[Source, list[Problem]]:
    """Return the form that was sent, filled in with its preset where that is what was clicked."""
    return filled(request.form) if request.form.get("action") == "fill" else (request.form, [])


def choices(source: Source) -> list[PresetChoice]:
    """Return the presets that the person may use; those of others with their names."""
    user, chosen = signed_in_user(), version_in(source.get(PRESET, ""))
    return [
        PresetChoice(
            preset.id,
            preset.name if preset.owner_id == user.id else f"{preset.name} ({preset.owner.username})",
            preset.id == chosen,
        )
        for preset in PRESETS.all_for(user)
    ]


def by_data_type() -> dict[str, list[tuple[str, str]]]:
    """Map data types to the presets for them: (name, address of the form of a new task)."""
    found: dict[str, list[tuple[str, str]]] = {}
    for preset in PRESETS.all_for(signed_in_user()):
        data_type = values_of(preset).get(task_rules().recipe_field, "")
        found.setdefault(data_type, []).append((preset.name, url_for("new_task.name", preset=preset.id)))
    return found


def _is_choice(name: str) -> bool:
    convention = task_rules().convention
    return name in convention.field_names and convention.field(name).kind is Kind.CHOICE


def _clean(text: str) -> str:
    return without_control_characters(" ".join(text.split())).strip()
