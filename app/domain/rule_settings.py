"""Read the rules over several fields of a name, and the collision systems, from config.py."""

import re
from collections.abc import Mapping

from app.domain.name_field import CollisionSystem, Condition, Rule
from app.domain.problem import Level
from app.domain.settings_reader import Reader

# What the conditions of a rule call the collision system.
COLLISION = "collision"
# A column of the database.
COLLISION_CODE = re.compile(r"[A-Za-z0-9_-]{1,16}")


def read_rule(reader: Reader) -> Rule:
    """Read one of the rules of a convention."""
    when = reader.value("when", {})
    fields = [str(key) for key in when] if isinstance(when, Mapping) else []
    conditions = reader.table("when")
    rule = Rule(
        code=reader.text("code"),
        field=reader.text("field"),
        when={field: _read_condition(conditions, field) for field in fields},
        level=Level(reader.one_of("level", tuple(Level), Level.ERROR)),
        text=reader.words("text"),
    )
    reader.close()
    if not rule.when or any(condition.is_empty for condition in rule.when.values()):
        reader.note('when must name fields and their values: {"source": ["Data"], …}')
    return rule


def _read_condition(conditions: Reader, field: str) -> Condition:
    """Read a list of words, or a table of bounds."""
    if not isinstance(conditions.value(field), Mapping):
        return Condition(words=conditions.texts(field))
    bounds = conditions.table(field)
    condition = Condition(
        minimum=bounds.number("minimum"),
        maximum=bounds.number("maximum"),
        years_ahead=None if bounds.value("years_ahead") is None else bounds.whole("years_ahead"),
    )
    bounds.close()
    return condition


def read_collisions(tables: object, problems: list[str]) -> tuple[CollisionSystem, ...]:
    """Read COLLISION_SYSTEMS."""
    if not isinstance(tables, list | tuple):
        problems.append("COLLISION_SYSTEMS: must be a list of tables")
        return ()
    return tuple(
        _read_collision(Reader(table, f"COLLISION_SYSTEMS[{number}]", problems))
        for number, table in enumerate(tables)
    )


def _read_collision(reader: Reader) -> CollisionSystem:
    system = CollisionSystem(
        code=reader.text("code"),
        label=reader.words("label"),
        minimum=reader.number("minimum"),
        maximum=reader.number("maximum"),
    )
    reader.close()
    if not COLLISION_CODE.fullmatch(system.code):
        reader.note(f"code must be 1 to 16 letters, digits, _ or -, is {system.code!r}")
    return system
