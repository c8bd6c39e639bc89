"""One version of the naming convention, read from config.py and checked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.name_field import Choice, CollisionSystem, Kind, NameField, Rule
from app.domain.problem import Level
from app.domain.rule_settings import COLLISION, read_collisions, read_rule
from app.domain.settings_reader import Reader, SettingsProblem

# No part of a name may need quoting in a shell, a URL, a file name or a regular expression of PanDA's.
# (PanDA, panda-protocol.md 2.1.) That is no matter of taste, hence no setting.
SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
SEPARATORS = (".", "_", "-")

# A column of the database.
FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")

# Forms, problems and recipes use these words for other things.
RESERVED = frozenset(
    {
        "name",
        COLLISION,
        "jobs",
        "events",
        "events_per_job",
        "seed_offset",
        "event_offset",
        "energy_in_name",
        "input_dataset",
    }
)

# PanDA's taskName takes 256 characters; outputs add a suffix.
LONGEST_NAME = 240


@dataclass(frozen=True)
class Convention:
    """One version of the naming convention. The first collision system is assumed where none is chosen."""

    version: int
    separator: str
    max_length: int  # characters of the whole name
    fields: tuple[NameField, ...]  # in the order of the name
    rules: tuple[Rule, ...]
    collisions: tuple[CollisionSystem, ...]

    @staticmethod
    def from_settings(table: object, collisions: object) -> "Convention":
        """Return one of NAMING_CONVENTIONS, with COLLISION_SYSTEMS. Raise SettingsProblem listing all."""
        problems: list[str] = []
        convention = _read_convention(table, read_collisions(collisions, problems), problems)
        if problems:
            raise SettingsProblem(problems)
        return convention

    @staticmethod
    def problems_of(table: object) -> list[str]:
        """Return all that is wrong with one of NAMING_CONVENTIONS, in plain English."""
        problems: list[str] = []
        _read_convention(table, (), problems)
        return problems

    def field(self, name: str) -> NameField:
        """Return the field of this name; raise KeyError."""
        return {field.name: field for field in self.fields}[name]

    @property
    def field_names(self) -> tuple[str, ...]:
        """The names of the fields, in the order of the name."""
        return tuple(field.name for field in self.fields)


def conventions_from_settings(tables: object, collisions: object) -> tuple[Convention, ...]:
    """Return all of NAMING_CONVENTIONS, newest last. Raise SettingsProblem listing all."""
    problems = naming_problems(tables, collisions)
    if problems or not isinstance(tables, Sequence):
        raise SettingsProblem(problems)
    return tuple(Convention.from_settings(table, collisions) for table in tables)


def of_version(conventions: Sequence[Convention], version: int) -> Convention:
    """Return the convention of this version; raise KeyError."""
    return {convention.version: convention for convention in conventions}[version]


def naming_problems(tables: object, collisions: object) -> list[str]:
    """Return all that is wrong with NAMING_CONVENTIONS and COLLISION_SYSTEMS, in plain English."""
    problems: list[str] = []
    read_collisions(collisions, problems)
    if not isinstance(tables, list | tuple) or not tables:
        return [*problems, "NAMING_CONVENTIONS: must be a list of at least one table"]
    versions = [_read_convention(table, (), problems).version for table in tables]
    if versions != sorted(set(versions)):
        problems.append("NAMING_CONVENTIONS: versions must grow from the first to the last, newest last")
    return problems


def _read_convention(
    table: object, collisions: tuple[CollisionSystem, ...], problems: list[str]
) -> Convention:
    reader = Reader(table, "NAMING_CONVENTIONS", problems)
    version = reader.whole("version", minimum=1)
    reader.where = f"NAMING_CONVENTIONS, version {version}"
    convention = Convention(
        version=version,
        separator=reader.one_of("separator", SEPARATORS),
        max_length=reader.whole("max_length", minimum=1),
        fields=tuple(_read_field(field) for field in reader.tables("fields", required=True)),
        rules=tuple(read_rule(rule) for rule in reader.tables("rules")),
        collisions=collisions,
    )
    reader.close()
    _check_whole(convention, reader)
    return convention


def _read_field(reader: Reader) -> NameField:
    name = reader.text("name")
    reader.where += f" ({name})"
    field = NameField(
        name=name,
        label=reader.words("label"),
        help=reader.words("help"),
        example=reader.text("example"),
        kind=Kind(reader.one_of("kind", tuple(Kind))),
        max_length=reader.whole("max_length", minimum=1),
        unit=reader.words("unit") if reader.value("unit") is not None else {},
        holds_separator=reader.flag("holds_separator"),
        pattern=reader.text("pattern", ""),
        vocabulary=tuple(_read_choice(choice) for choice in reader.tables("vocabulary")),
        unlisted=Level(reader.one_of("unlisted", tuple(Level), Level.ERROR)),
        is_provisional=reader.flag("is_provisional"),
        above=reader.number("above"),
        minimum=reader.number("minimum"),
        maximum=reader.number("maximum"),
        usual_minimum=reader.number("usual_minimum"),
        usual_maximum=reader.number("usual_maximum"),
        usual_years_ahead=_optional_years(reader),
        is_collision_energy=reader.flag("is_collision_energy"),
        is_label=reader.flag("is_label"),
    )
    reader.close()
    _check_field(field, reader)
    return field


def _optional_years(reader: Reader) -> int | None:
    key = "usual_years_ahead"
    return None if reader.value(key) is None else reader.whole(key)


def _read_choice(reader: Reader) -> Choice:
    choice = Choice(reader.text("value"), reader.words("label"))
    reader.close()
    return choice


def _check_field(field: NameField, reader: Reader) -> None:
    if not FIELD_NAME.fullmatch(field.name):
        reader.note("name must be 1 to 32 small letters, digits and _, a letter first")
    if field.name in RESERVED:
        reader.note(f"name: {field.name} means something else already")
    if field.kind is Kind.CHOICE and not field.vocabulary:
        reader.note("a choice needs a vocabulary")
    if field.is_collision_energy and not field.is_number:
        reader.note("is_collision_energy needs a number")
    try:
        re.compile(field.pattern)
    except re.error as error:
        reader.note(f"pattern is no regular expression: {error}")


def _check_whole(convention: Convention, reader: Reader) -> None:
    names = convention.field_names
    if len(set(names)) != len(names):
        reader.note("two fields have the same name")
    if sum(field.holds_separator for field in convention.fields) > 1:
        reader.note("holds_separator: one field at most, else a name could not be split")
    if convention.max_length > LONGEST_NAME:
        reader.note(f"max_length: {LONGEST_NAME} at most, PanDA takes 256 and outputs add a suffix")
    for rule in convention.rules:
        if unknown := {rule.field, *(set(rule.when) - {COLLISION})} - set(names):
            reader.note(
                f"rule {rule.code!r} speaks of fields that are not there: {', '.join(sorted(unknown))}"
            )
    for field in convention.fields:
        allowed = SAFE - {convention.separator}
        if unsafe := [word for word in field.words if set(word) - allowed]:
            reader.note(f"{field.name}: these words cannot stand in a name: {', '.join(unsafe)}")
