"""The forms of a task: the fields of its name, and its size. The naming convention is enforced here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, SelectMultipleField, StringField, ValidationError

from app.domain.convention import Convention
from app.domain.estimate import SizeLimits, check_size, read_count, ungrouped
from app.domain.naming import check, normalise
from app.domain.plain_text import without_control_characters
from app.domain.problem import Problem

SIZE_FIELDS = ("events", "jobs")
COLLISION = "collision"


def _plain(text: str | None) -> str:
    return without_control_characters(text or "").strip()


class FollowsConvention:
    """Validator: the field breaks no rule of the naming convention. Warnings are not its business."""

    def __call__(self, form: "NameForm", field: Field) -> None:
        """Raise with the codes of the problems; the words are made from form.problems."""
        codes = [
            problem.code for problem in form.problems() if problem.field == field.name and problem.is_error
        ]
        if codes:
            raise ValidationError(", ".join(codes))


class _AnyChoice(SelectMultipleField):
    """Ticks that are only compared with the warnings that exist."""

    def pre_validate(self, form: Any) -> None:
        """Accept any value."""


class NameForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """The nine fields; made by name_form for a convention."""

    convention: Convention
    context: Mapping[str, str]
    collision = StringField(filters=[_plain])
    confirmed = _AnyChoice(validate_choice=False)

    def values(self) -> dict[str, str]:
        """Return the fields of the name as written."""
        return {name: self[name].data or "" for name in self.convention.field_names}

    def problems(self) -> list[Problem]:
        """Return what the convention says of the values."""
        return check(self.convention, self.values(), self.judged_in())

    def judged_in(self) -> dict[str, str]:
        """Return what the checks need beside the name."""
        chosen = self.collision.data
        return {**self.context, **({COLLISION: chosen} if chosen in self.collision_codes() else {})}

    def collision_codes(self) -> set[str]:
        """Return the collision systems that can be chosen."""
        return {system.code for system in self.convention.collisions}

    def normal(self) -> dict[str, str]:
        """Return the fields as they are stored."""
        return normalise(self.convention, self.values())


def name_form(convention: Convention) -> type[NameForm]:
    """Return the form for a convention: one text field per field of the name, each with its validator."""
    fields: dict[str, Any] = {
        name: StringField(filters=[_plain], validators=[FollowsConvention()])
        for name in convention.field_names
    }
    return type("NameFormOfConvention", (NameForm,), {**fields, "convention": convention})


@dataclass
class Size:
    """Total events and total jobs as typed, as numbers where they are some, and what is wrong with them."""

    texts: dict[str, str]
    counts: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Say whether both are numbers within the limits."""
        return len(self.counts) == len(SIZE_FIELDS) and not any(problem.is_error for problem in self.problems)


def read_size(source: Mapping[str, str], limits: SizeLimits) -> Size:
    """Read total events and total jobs from what was sent."""
    size = Size({name: _plain(source.get(name)) for name in SIZE_FIELDS})
    for name, text in size.texts.items():
        count = read_count(name, ungrouped(text))
        if isinstance(count, Problem):
            size.problems.append(count)
        else:
            size.counts[name] = count
    if len(size.counts) == len(SIZE_FIELDS):
        size.problems += check_size(size.counts["events"], size.counts["jobs"], limits)
    return size
