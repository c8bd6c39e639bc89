"""What a naming convention is made of: fields, vocabularies, rules, collision systems. All of it is data.

The tables they are read from are explained where they stand, in config.py. Texts are {"en": …, "ru": …}.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.domain.problem import Level


class Kind(StrEnum):
    """How the text of a field is read."""

    INTEGER = "integer"
    DECIMAL = "decimal"  # 13.5 in the form, 13p5 in the name
    TEXT = "text"
    CHOICE = "choice"  # of a vocabulary


@dataclass(frozen=True)
class Choice:
    """One word of a vocabulary, with its meaning."""

    value: str
    label: Mapping[str, str]


@dataclass(frozen=True)
class NameField:
    """One field of a name. Numbers are in `unit`; None means no limit."""

    name: str
    label: Mapping[str, str]
    help: Mapping[str, str]
    example: str
    kind: Kind
    max_length: int  # characters
    unit: Mapping[str, str]  # {} is none
    holds_separator: bool  # at most one field of a convention: what remains of a name split from both ends
    pattern: str  # of the whole text; "" is any
    vocabulary: tuple[Choice, ...]
    unlisted: Level  # what a word outside the vocabulary is
    is_provisional: bool  # the vocabulary is not the experiment's last word
    above: Decimal | None
    minimum: Decimal | None
    maximum: Decimal | None
    usual_minimum: Decimal | None  # outside the usual range the form asks
    usual_maximum: Decimal | None
    usual_years_ahead: int | None  # of context["this_year"]
    is_collision_energy: bool  # the form asks outside the range of the collision system
    is_label: bool  # says nothing of the physics: names that differ only here are of one sample

    @property
    def is_number(self) -> bool:
        """Say whether the text is a number."""
        return self.kind in {Kind.INTEGER, Kind.DECIMAL}

    @property
    def words(self) -> tuple[str, ...]:
        """The values of the vocabulary."""
        return tuple(choice.value for choice in self.vocabulary)


@dataclass(frozen=True)
class Condition:
    """What a rule asks of a value: to be one of the words, or else a number within the bounds given."""

    words: tuple[str, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    years_ahead: int | None = None  # later than so many years after context["this_year"]

    @property
    def is_empty(self) -> bool:
        """Say whether it asks nothing."""
        return self == Condition()


@dataclass(frozen=True)
class Rule:
    """Values that do not go together: applies when each condition of `when` is met.

    when: by field; "collision" stands there for the collision system.
    """

    code: str
    field: str  # the field that is blamed
    when: Mapping[str, Condition]
    level: Level
    text: Mapping[str, str]


@dataclass(frozen=True)
class CollisionSystem:
    """What collides, and the energies (GeV per nucleon pair) SPD can have with it; None means no limit."""

    code: str
    label: Mapping[str, str]
    minimum: Decimal | None
    maximum: Decimal | None
