"""What a check of the domain finds wrong, or odd: said as a code, put into words elsewhere.

Every code with its values (`messages.py` translates them; numbers are text or int, as shown):

A field of the name, errors
    missing                  {}                                 nothing was given
    space                    {"characters"}                     blanks; characters: all that offend, as one text,
    foreign_letter           {"characters"}                       invisible ones as U+00A0; the code is that of
    dot                      {"characters"}                       the first of them
    forbidden_character      {"characters"}                     anything else outside A-Z a-z 0-9 _ -
    misplaced_dot            {}                                 a dataset name with a dot first, last or doubled
    not_a_number             {"value"}                          also: more digits than a number may have
    not_an_integer           {"value"}
    not_canonical            {"value", "expected"}              parse only: 059 for 59, 13p50 for 13p5
    too_long                 {"length": int, "maximum": int}    characters; with field "name": the whole name
    too_small                {"minimum"}
    too_large                {"maximum"}
    not_above                {"limit"}                          must be more than the limit (energy 0)
    not_in_vocabulary        {"allowed": tuple of values}       an error or, if the field says so, a warning
    wrong_pattern            {"example"}
    rule                     {"rule": code, "text": {"en", "ru"}}   a rule of the convention; its text is in config
The whole name (field "name"), errors of parse
    wrong_number_of_fields   {"found": int, "expected": int}    too few parts
The name, warnings
    unusually_small          {"usual_minimum"}
    unusually_large          {"usual_maximum"}
    energy_below_collision   {"collision": code, "minimum", "is_assumed": bool}   GeV
    energy_above_collision   {"collision": code, "maximum", "is_assumed": bool}   GeV; is_assumed: none was chosen
Size of a task (fields "events", "jobs")
    missing, not_an_integer, too_small, too_large               as above
    more_jobs_than_events    {"events": int, "jobs": int}       error
    many_jobs                {"jobs": int, "limit": int}        warning; jobs PanDA will make
    few_events_per_job       {"events_per_job": int, "limit": int}   warning
What is sent (field: a field of the task, "RECIPES" or the name of a setting), errors
    column_too_long          {"length": int, "maximum": int, "key": PanDA's key}
    unsafe_characters        {"characters"}                     would reach a shell or a template
    no_recipe                {"data_type"}
    seed_missing             {}                                 the recipe needs a seed range, the task has none
    seeds_used_up            {"last": int, "maximum": int}
    input_missing            {}                                 the recipe reads a dataset, none is known
    empty                    {"key": PanDA's key}               PanDA needs a value
    user_name_changes        {"user_name", "becomes"}           PanDA would clean this userName
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """An error refuses, a warning asks."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one field; `mend` is a corrected value of that field, None if there is none."""

    field: str
    code: str
    values: Mapping[str, object] = field(default_factory=dict, hash=False)
    level: Level = Level.ERROR
    mend: str | None = None

    @property
    def is_error(self) -> bool:
        """True refuses; False asks."""
        return self.level is Level.ERROR
