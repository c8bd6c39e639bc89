"""Why nothing is done to a task of a bulk action: as the use cases say it, and as it is stored."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.domain.bulk import Why
from app.domain.problem import Level, Problem
from app.services.commands import Hindrance
from app.services.problems import (
    AnotherOrderOpen,
    ChangedMeanwhile,
    HasChildren,
    Invalid,
    NotAllowed,
    NotFound,
    NotPossibleNow,
    Refusal,
)


@dataclass(frozen=True)
class Verdict:
    """Why nothing is done. state: the word shown of the task; problems: of its fields."""

    why: Why
    state: str = ""
    problems: Sequence[Problem] = field(default_factory=tuple)


_OF_HINDRANCE = {
    Hindrance.NOT_YOURS: Why.NOT_YOURS,
    Hindrance.NOT_AT_PANDA: Why.NOT_AT_PANDA,
    Hindrance.NOT_IN_STATE: Why.NOT_IN_STATE,
    Hindrance.ANOTHER_OPEN: Why.ANOTHER_OPEN,
}
# The first that fits counts: some are kinds of others.
_OF_REFUSAL: tuple[tuple[type[Refusal], Why], ...] = (
    (NotFound, Why.GONE),
    (NotAllowed, Why.NOT_YOURS),
    (AnotherOrderOpen, Why.ANOTHER_OPEN),
    (HasChildren, Why.HAS_CHILDREN),
    (NotPossibleNow, Why.NOT_IN_STATE),
    (ChangedMeanwhile, Why.CHANGED),
    (Invalid, Why.PROBLEMS),
)


def verdict_of_hindrance(hindrance: Hindrance, state: str) -> Verdict:
    """Return what stands against an order."""
    return Verdict(_OF_HINDRANCE[hindrance], state)


def verdict_of(refusal: Refusal) -> Verdict:
    """Return what a use case refused."""
    why = next((why for kind, why in _OF_REFUSAL if isinstance(refusal, kind)), Why.FAILED)
    state = refusal.task.shown_state if isinstance(refusal, NotPossibleNow) else ""
    problems = tuple(refusal.problems) if isinstance(refusal, Invalid) else ()
    return Verdict(why, state, problems)


def stored(verdict: Verdict) -> dict[str, str | None]:
    """Return the columns of a verdict."""
    details: dict[str, Any] = {"state": verdict.state} if verdict.state else {}
    if verdict.problems:
        details["problems"] = [
            {"field": each.field, "code": each.code, "values": dict(each.values), "level": each.level.value}
            for each in verdict.problems
        ]
    return {"why": verdict.why.value, "details": json.dumps(details) if details else None}


def read(why: str, details: str | None) -> Verdict:
    """Return a verdict as it was stored."""
    found = json.loads(details) if details else {}
    problems = tuple(
        Problem(each["field"], each["code"], _values(each["values"]), Level(each["level"]))
        for each in found.get("problems", ())
    )
    return Verdict(Why(why), found.get("state", ""), problems)


def _values(values: Mapping[str, Any]) -> dict[str, object]:
    """Return the values of a problem: JSON knows no tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
