"""The form that changes many tasks: each field with a tick, and only the ticked ones count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.domain.bulk_edit import ADD_TAGS, COLLISION, COUNTS, REMOVE_TAGS, Edit, editable_fields
from app.domain.name_field import Kind, NameField
from app.domain.plain_text import without_control_characters
from app.domain.problem import Problem
from app.page_context import field_label
from app.services.labels import campaigns_in_use, tags_most_used
from app.texts import in_language
from app.views.label_form import SUGGESTIONS
from app.views.task_form import FieldView, collision_choice, task_rules

# What is typed beyond it is not read, characters.
LONGEST = 1000
# The tick of a field, before its name.
TICK = "change_"
TAKES_WARNINGS = "takes_warnings"


@dataclass(frozen=True)
class EditRow:
    """A field that can be changed. is_chosen: its tick."""

    view: FieldView
    is_chosen: bool

    @property
    def tick(self) -> str:
        """The name of its tick."""
        return TICK + self.view.name


def edit_typed(source: MultiDict[str, str]) -> tuple[Edit, dict[str, str]]:
    """Return the change that was typed, and all that stood in the form, ticked or not."""
    typed = {
        name: without_control_characters(source.get(name, "")).strip()[:LONGEST]
        for name in editable_fields(task_rules().convention)
    }
    values = {name: value for name, value in typed.items() if source.get(TICK + name)}
    return Edit(values, TAKES_WARNINGS in source), typed


def edit_rows(edit: Edit, typed: Mapping[str, str], problems: Sequence[Problem]) -> list[EditRow]:
    """Return the fields of the form, in the order of the name."""
    convention = task_rules().convention
    views = [_named(field, typed.get(field.name, "")) for field in convention.fields]
    views.append(_collision(typed.get(COLLISION, "")))
    views += [
        FieldView(name, field_label(name), "", "", typed.get(name, ""), inputmode="numeric")
        for name in COUNTS
    ]
    views += _labels(typed)
    for view in views:
        view.errors.extend(problem for problem in problems if problem.field == view.name)
    return [EditRow(view, view.name in edit.values) for view in views]


def _named(field: NameField, value: str) -> FieldView:
    choices = None
    if field.kind is Kind.CHOICE:
        choices = [("", "—"), *((each.value, in_language(each.label)) for each in field.vocabulary)]
    return FieldView(field.name, in_language(field.label), "", field.example, value, choices)


def _collision(value: str) -> FieldView:
    shown = collision_choice(value)
    return FieldView(shown.name, shown.label, "", "", value, shown.choices)


def _labels(typed: Mapping[str, str]) -> list[FieldView]:
    rules = task_rules().labels
    known = [("", _("none")), *((word, word) for word in rules.campaigns)] if rules.campaigns else None
    in_use = [] if known else campaigns_in_use()[:SUGGESTIONS]
    tags = tags_most_used(SUGGESTIONS)
    empty = _("Empty takes it away.")

    def view(
        name: str, words: str, choices: list[tuple[str, str]] | None, suggestions: list[str]
    ) -> FieldView:
        label, value = field_label(name), typed.get(name, "")
        return FieldView(name, label, words, "", value, choices, suggestions=suggestions)

    return [
        view("campaign", empty, known, in_use),
        view("request", empty, None, []),
        view(ADD_TAGS, "", None, tags),
        view(REMOVE_TAGS, "", None, tags),
    ]
