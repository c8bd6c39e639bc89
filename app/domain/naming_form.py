"""How one field is spelled: what may stand in a name at all, whatever it means."""

import re

from app.domain.convention import SAFE, Convention
from app.domain.name_field import Kind, NameField
from app.domain.problem import Problem

# ASCII digits only: Python's \d and int() take the digits of every script.
INTEGER = re.compile(r"[0-9]+")
DECIMAL = re.compile(r"[0-9]+(?:[.p][0-9]+)?")

# A problem quotes what was typed, not a pasted book.
QUOTED_LENGTH = 60


def normalise_value(field: NameField, text: str) -> str:
    """Return the one spelling of a value: no blanks around, no leading zeros, 13.5 for 13.50 and 13p5.

    Text is kept as it is, zeros included: the description "00" is not "0".
    """
    text = text.strip()
    if field.kind is Kind.INTEGER and INTEGER.fullmatch(text):
        return text.lstrip("0") or "0"
    if field.kind is Kind.DECIMAL and DECIMAL.fullmatch(text):
        whole, _, fraction = text.replace("p", ".").partition(".")
        whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
        return f"{whole}.{fraction}" if fraction else whole
    return text


def encode(field: NameField, value: str) -> str:
    """Return a normalised value as it stands in the name. The dot separates, so 13.5 is written 13p5."""
    return value.replace(".", "p") if field.kind is Kind.DECIMAL else value


def decode(field: NameField, part: str) -> str:
    """Return the value that stands in a part of a name: the inverse of encode."""
    return part.replace("p", ".") if field.kind is Kind.DECIMAL else part


def spelling_problem(convention: Convention, field: NameField, value: str) -> Problem | None:
    """Say why a normalised value cannot stand in a name; None if it can."""
    if not value:
        return Problem(field.name, "missing")
    wrong = _number_problem(field, value) if field.is_number else _text_problem(convention, field, value)
    if wrong:
        return wrong
    if len(value) > field.max_length:
        return Problem(field.name, "too_long", {"length": len(value), "maximum": field.max_length})
    return None


def visible(characters: str) -> str:
    """Return characters for a sentence: each once, blanks between, invisible ones by their code."""
    return " ".join(
        dict.fromkeys(c if c.isprintable() and c != " " else f"U+{ord(c):04X}" for c in characters)
    )


def quoted(value: str) -> str:
    """Return the beginning of what was typed, control characters shown by their code."""
    return "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in value[:QUOTED_LENGTH])


def _number_problem(field: NameField, value: str) -> Problem | None:
    spelling = INTEGER if field.kind is Kind.INTEGER else DECIMAL
    if spelling.fullmatch(value):
        return None
    is_decimal = DECIMAL.fullmatch(value.replace(",", "."))
    code = "not_an_integer" if field.kind is Kind.INTEGER and is_decimal else "not_a_number"
    return Problem(field.name, code, {"value": quoted(value)})


def _text_problem(convention: Convention, field: NameField, value: str) -> Problem | None:
    separator = convention.separator
    allowed = SAFE | {separator} if field.holds_separator else SAFE - {separator}
    if wrong := "".join(c for c in value if c not in allowed):
        values = {"characters": visible(wrong[:QUOTED_LENGTH])}
        if wrong[0] == separator:
            return Problem(field.name, "separator", values | {"separator": separator})
        return Problem(field.name, _code_of(wrong[0]), values)
    if field.holds_separator and not all(value.split(separator)):
        return Problem(field.name, "misplaced_separator", {"separator": separator})
    if field.pattern and not re.fullmatch(field.pattern, value):
        return Problem(field.name, "wrong_pattern", {"example": field.example})
    return None


def _code_of(character: str) -> str:
    if character.isspace():
        return "space"
    return "foreign_letter" if character.isalpha() else "forbidden_character"
