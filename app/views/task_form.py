"""The forms of a task as templates show them: fields with help and problems, and the cards beside them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from flask import current_app, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.domain.estimate import events_per_job, panda_jobs
from app.domain.name_field import Kind, NameField
from app.domain.naming import NotAName, build
from app.domain.problem import Problem
from app.extensions import find_row
from app.forms.task import COLLISION, SIZE_FIELDS, NameForm, Size, name_form
from app.identity import signed_in_user
from app.models import Task
from app.services.parameters import Preview
from app.services.preview import preview_parameters
from app.services.rules import TaskRules, rules_from
from app.services.tasks import find_by_name, is_visible
from app.texts import in_language
from app.views.names import Part, parts_of


@dataclass(frozen=True)
class FieldView:
    """A field of a form as the template wants it."""

    name: str
    label: str
    help: str
    example: str
    value: str
    choices: list[tuple[str, str]] | None = None
    unit: str = ""
    inputmode: str = ""
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    input_type: str = "text"
    # Shown while one types; anything else can be typed too.
    suggestions: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class NameCard:
    """The name as it grows."""

    name: str | None
    parts: list[Part]
    length: int
    max_length: int
    is_taken: bool
    taken_by: Task | None  # only one that the person may see
    problems: list[Problem]


@dataclass(frozen=True)
class SizeCard:
    """What PanDA will make of the size."""

    events: int | None
    jobs: int | None
    events_per_job: int | None
    panda_jobs: int | None
    problems: list[Problem]
    payload_preview: str | None


def task_rules() -> TaskRules:
    """Return the rules of this installation."""
    return rules_from(current_app.config)


def read_name_form(source: MultiDict[str, str], context: Mapping[str, str]) -> NameForm:
    """Read the fields of the name from what was sent; a mend that was clicked is put in."""
    form = name_form(task_rules().convention)(
        formdata=with_mend(source), meta={"csrf": request.method == "POST"}
    )
    form.context = context
    return form


def with_mend(source: MultiDict[str, str]) -> MultiDict[str, str]:
    """Return what was sent with the one-click correction in its place."""
    name, found, value = source.get("mend", "").partition(":")
    mended = source.copy()
    if found and name in mended:
        mended[name] = value
    return mended


def name_views(form: NameForm, problems: Iterable[Problem]) -> list[FieldView]:
    """Return the fields of the name in their order."""
    found = list(problems)
    return [_name_view(field, form[field.name].data or "", found) for field in form.convention.fields]


def _name_view(field: NameField, value: str, problems: list[Problem]) -> FieldView:
    has_choice = field.kind is Kind.CHOICE or (field.vocabulary and value in ("", *field.words))
    choices = [
        ("", "—"),
        *(
            (choice.value, _choice_label(choice.value, in_language(choice.label)))
            for choice in field.vocabulary
        ),
    ]
    if value and value not in field.words:
        choices.append((value, value))
    return FieldView(
        name=field.name,
        label=in_language(field.label),
        help=in_language(field.help),
        example=field.example,
        value=value,
        choices=choices if has_choice else None,
        unit=in_language(field.unit) if field.unit else "",
        inputmode={Kind.INTEGER: "numeric", Kind.DECIMAL: "decimal"}.get(field.kind, ""),
        errors=[problem for problem in problems if problem.field == field.name and problem.is_error],
        warnings=[problem for problem in problems if problem.field == field.name and not problem.is_error],
    )


def _choice_label(value: str, label: str) -> str:
    return value if label == value else f"{value} – {label}"


def collision_view(form: NameForm) -> FieldView:
    """Return the field of the collision system, which is no part of the name."""
    return collision_choice(form.collision.data)


def collision_choice(chosen: str | None) -> FieldView:
    """Return the choice of the collision system."""
    systems = [(system.code, in_language(system.label)) for system in task_rules().convention.collisions]
    help_text = _("Not part of the name. The energy is checked against what these beams reach.")
    return FieldView(
        COLLISION, _("Collision system"), help_text, "", chosen or "", [("", _("not given")), *systems]
    )


def name_card(form: NameForm, problems: list[Problem], own_id: int | None = None) -> NameCard:
    """Return the name as it stands, and whether it is free."""
    normal = form.normal()
    parts = parts_of(form.convention, normal)
    try:
        name = build(form.convention, normal)
    except NotAName:
        name = None
    found = find_by_name(name) if name else None
    taken_by = found if found and found.id != own_id else None
    length = len(form.convention.separator.join(part[1] for part in parts))
    shown = [problem for problem in problems if problem.code not in {"missing", "name_taken"}]
    return NameCard(
        name,
        parts,
        length,
        form.convention.max_length,
        taken_by is not None,
        taken_by if taken_by and is_visible(signed_in_user(), taken_by) else None,
        shown,
    )


def without_secrets(problems: list[Problem]) -> list[Problem]:
    """Return the problems as the person may know them: whose draft has a name is not everybody's to know."""
    return [replace(problem, values={}) if _tells_of_a_draft(problem) else problem for problem in problems]


def _tells_of_a_draft(problem: Problem) -> bool:
    if problem.code != "name_taken" or "id" not in problem.values:
        return False
    task = find_row(Task, int(str(problem.values["id"])))
    return task is None or not is_visible(signed_in_user(), task)


def size_views(size: Size, *, are_judged: bool) -> list[FieldView]:
    """Return the two fields of the size; problems only once something was sent."""
    texts = {
        "events": (_("Total events"), _("How many events the whole task makes."), "1000000"),
        "jobs": (_("Total jobs"), _("Into how many jobs PanDA should split it."), "1000"),
    }
    judged = size.problems if are_judged else []
    return [
        FieldView(
            name,
            *texts[name],
            size.texts[name],
            inputmode="numeric",
            errors=[problem for problem in judged if problem.field == name and problem.is_error],
            warnings=[problem for problem in judged if problem.field == name and not problem.is_error],
        )
        for name in SIZE_FIELDS
    ]


def size_card(size: Size, preview: Preview) -> SizeCard:
    """Return what PanDA will make of the size."""
    events, jobs = size.counts.get("events"), size.counts.get("jobs")
    each = events_per_job(events, jobs) if events and jobs and size.is_complete else None
    made = panda_jobs(events, each) if events and each else None
    shown = [problem for problem in size.problems if problem.code != "missing"]
    return SizeCard(events, jobs, each, made, [*shown, *preview.problems], preview.text)


def preview_of(form: NameForm, size: Size, creator: str, own: Task | None = None) -> Preview:
    """Return what PanDA would get, once name and size are right. own: the task that is being changed."""
    if not size.is_complete or any(problem.is_error for problem in form.problems()):
        return Preview(None)
    counts, rules = size.counts, task_rules()
    return preview_parameters(
        current_app.config, form.normal(), rules, counts["events"], counts["jobs"], creator, own
    )


def hidden_name_fields(form: NameForm, confirmed: Iterable[str]) -> list[tuple[str, str]]:
    """Return the first step as hidden fields and URL parts of the second."""
    fields = [(name, form[name].data or "") for name in form.convention.field_names]
    return [
        *fields,
        (COLLISION, form.collision.data or ""),
        *(("confirmed", key) for key in sorted(confirmed)),
    ]


def parts_of_form(form: NameForm) -> list[Part]:
    """Return the name's parts as typed."""
    return parts_of(form.convention, form.normal())
