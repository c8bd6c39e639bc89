"""What values mean: ranges, vocabularies, collision systems, and fields that do not go together."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from app.domain.convention import Convention
from app.domain.name_field import CollisionSystem, Condition, Kind, NameField, Rule
from app.domain.naming_form import DECIMAL
from app.domain.problem import Level, Problem
from app.domain.rule_settings import COLLISION


def meaning_problems(field: NameField, value: str, context: Mapping[str, str]) -> list[Problem]:
    """Return what is wrong or odd with a value that is spelled well."""
    if field.kind is Kind.CHOICE:
        return _vocabulary_problems(field, value)
    if not field.is_number:
        return []
    return _range_problems(field, Decimal(value)) or _unusual_problems(field, Decimal(value), context)


def rule_problems(
    convention: Convention, values: Mapping[str, str], context: Mapping[str, str]
) -> list[Problem]:
    """Return the rules over fields that the values break.

    Where no collision system was chosen the first is assumed, and what is wrong with that is only asked.
    """
    chosen = context.get(COLLISION, "")
    assumed = "" if chosen or not convention.collisions else convention.collisions[0].code
    judged = {**values, COLLISION: chosen or assumed}
    return [
        _rule_problem(rule, assumed if COLLISION in rule.when else "")
        for rule in convention.rules
        if all(_is_met(condition, judged[name], context) for name, condition in rule.when.items())
    ]


def _rule_problem(rule: Rule, assumed: str) -> Problem:
    values = {"rule": rule.code, "text": dict(rule.text), "assumed": assumed}
    return Problem(rule.field, "rule", values, Level.WARNING if assumed else rule.level)


def _is_met(condition: Condition, value: str, context: Mapping[str, str]) -> bool:
    """Say whether a normalised value meets a condition; what is no number is within no bounds."""
    if condition.words:
        return value in condition.words
    if not DECIMAL.fullmatch(value):
        return False
    number, ahead = Decimal(value), condition.years_ahead
    if ahead is not None and ("this_year" not in context or number <= int(context["this_year"]) + ahead):
        return False
    is_high_enough = condition.minimum is None or number >= condition.minimum
    return is_high_enough and (condition.maximum is None or number <= condition.maximum)


def collision_problems(
    convention: Convention, values: Mapping[str, str], context: Mapping[str, str]
) -> list[Problem]:
    """Return what is odd with the energies of well spelled values, given the collision system."""
    systems = {system.code: system for system in convention.collisions}
    chosen = context.get(COLLISION, "")
    if chosen and chosen not in systems:
        return [Problem(COLLISION, "not_in_vocabulary", {"allowed": tuple(systems)})]
    system = systems[chosen] if chosen else next(iter(systems.values()), None)
    if system is None:
        return []
    energies = [field for field in convention.fields if field.is_collision_energy]
    return [
        problem
        for field in energies
        if field.name in values and not _range_problems(field, Decimal(values[field.name]))
        for problem in _energy_problems(field, Decimal(values[field.name]), system, is_assumed=not chosen)
    ]


def plain(number: Decimal) -> str:
    """Return a number as people write it: 27, 13.5."""
    return f"{number:f}"


def _vocabulary_problems(field: NameField, value: str) -> list[Problem]:
    if value in field.words:
        return []
    return [Problem(field.name, "not_in_vocabulary", {"allowed": field.words}, field.unlisted)]


def _range_problems(field: NameField, number: Decimal) -> list[Problem]:
    if field.above is not None and number <= field.above:
        return [Problem(field.name, "not_above", {"limit": plain(field.above)})]
    if field.minimum is not None and number < field.minimum:
        return [Problem(field.name, "too_small", {"minimum": plain(field.minimum)})]
    if field.maximum is not None and number > field.maximum:
        return [Problem(field.name, "too_large", {"maximum": plain(field.maximum)})]
    return []


def _unusual_problems(field: NameField, number: Decimal, context: Mapping[str, str]) -> list[Problem]:
    if field.usual_minimum is not None and number < field.usual_minimum:
        values = {"usual_minimum": plain(field.usual_minimum)}
        return [Problem(field.name, "unusually_small", values, Level.WARNING)]
    highest = min(_usual_maxima(field, context), default=None)
    if highest is not None and number > highest:
        values = {"usual_maximum": plain(highest)}
        return [Problem(field.name, "unusually_large", values, Level.WARNING)]
    return []


def _usual_maxima(field: NameField, context: Mapping[str, str]) -> Iterator[Decimal]:
    if field.usual_maximum is not None:
        yield field.usual_maximum
    if field.usual_years_ahead is not None and "this_year" in context:
        yield Decimal(context["this_year"]) + field.usual_years_ahead


def _energy_problems(
    field: NameField, energy: Decimal, system: CollisionSystem, *, is_assumed: bool
) -> list[Problem]:
    about = {"collision": system.code, "is_assumed": is_assumed}
    if system.minimum is not None and energy < system.minimum:
        values = about | {"minimum": plain(system.minimum)}
        return [Problem(field.name, "energy_below_collision", values, Level.WARNING)]
    if system.maximum is not None and energy > system.maximum:
        values = about | {"maximum": plain(system.maximum)}
        return [Problem(field.name, "energy_above_collision", values, Level.WARNING)]
    return []
