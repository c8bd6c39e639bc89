"""Twins: one small job that is sent first, to see whether a large task would come to anything.

The twin of a task is a task of its own: the same but for its size and its name, which is marked in one field
that says nothing of the physics. It is no part of the sample, and no task reads what it makes. Only a task
that reads no dataset has one: how much of a dataset PanDA reads is not for the number of events to say.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain.chain import DEAD, DONE, FINISHED, NOT_ON_ITS_WAY
from app.domain.convention import SAFE, Convention
from app.domain.name_field import Kind
from app.domain.naming import NotAName, build
from app.domain.recipe import Input, Recipe

# So many names are tried: somebody may have tested the same thing before.
TRIES = 50


class Trial(StrEnum):
    """What has come of a twin, as the task sees it that waits for it."""

    PASSED = "passed"
    WAIVED = "waived"  # somebody had it sent without the test
    FAILED = "failed"
    NOT_ON_ITS_WAY = "not on its way"
    AT_WORK = "at work"


@dataclass(frozen=True)
class TwinRules:
    """TWIN_FIELD, TWIN_MARK; events: of the twin, by data type. What is not in there has no twin."""

    field: str
    mark: str
    events: Mapping[str, int]

    @staticmethod
    def from_settings(config: Mapping[str, object], recipes: Mapping[str, Recipe]) -> "TwinRules":
        """Read the settings; a twin has no more events than a job of the recipe."""
        most = int(str(config["TWIN_EVENTS"]))
        events = {
            name: min(most, recipe.events_per_job)
            for name, recipe in recipes.items()
            if recipe.input is Input.NONE
        }
        return TwinRules(str(config["TWIN_FIELD"]), str(config["TWIN_MARK"]), events)


def trial(shown_state: str, *, is_waived: bool) -> Trial:
    """Say what has come of a twin in this state."""
    if is_waived:
        return Trial.WAIVED
    if shown_state == DONE:
        return Trial.PASSED
    if shown_state == FINISHED or shown_state in DEAD:
        return Trial.FAILED
    return Trial.NOT_ON_ITS_WAY if shown_state in NOT_ON_ITS_WAY else Trial.AT_WORK


def lets_go(found: Trial) -> bool:
    """Say whether the task that waited may be sent."""
    return found in {Trial.PASSED, Trial.WAIVED}


def twin_fields(
    convention: Convention, fields: Mapping[str, str], rules: TwinRules
) -> Iterator[dict[str, str]]:
    """Yield the fields of names a twin may have, the plainest first: what is too long loses its end."""
    field, separator = convention.field(rules.field), convention.separator
    for number in range(1, TRIES + 1):
        mark = rules.mark + (str(number) if number > 1 else "")
        for length in range(field.max_length - len(mark), -1, -1):
            start = fields[rules.field][:length].rstrip(separator)
            named = {**fields, rules.field: start + mark}
            if _is_name(convention, named):
                yield named
                break


def _is_name(convention: Convention, fields: Mapping[str, str]) -> bool:
    try:
        build(convention, fields)
    except NotAName:
        return False
    return True


def twin_problems(field: str, mark: str, convention: Convention) -> list[str]:
    """Return what is wrong with TWIN_FIELD and TWIN_MARK, in plain English."""
    fits = [each.name for each in convention.fields if each.is_label and each.kind is Kind.TEXT]
    problems = []
    if field not in fits:
        problems.append(
            f"TWIN_FIELD: must be a text that is_label in the newest convention: {', '.join(fits)}"
        )
    if not 1 <= len(mark) <= 20 or set(mark) - (SAFE - {convention.separator}):
        problems.append("TWIN_MARK: 1 to 20 letters, digits, _ or -")
    return problems
