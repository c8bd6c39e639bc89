"""What a check of the domain finds wrong, or odd: said as a code, put into words elsewhere.

Codes with their values; `messages.py` puts them into words. Numbers are text unless `int` stands there.

A field of the name, errors
  missing                 {}  nothing was given
  space                   {"characters"}  all that offend as one text, each once, invisible ones as U+00A0;
  foreign_letter          {"characters"}    the code is that of the first one
  forbidden_character     {"characters"}
  separator               {"characters"}  the dot inside a field
  misplaced_separator     {"separator"}  a dataset name with a dot first, last or doubled
  not_a_number            {"value"}
  not_an_integer          {"value"}
  not_canonical           {"value", "expected"}  parse only: 059 for 59, 13p50 for 13p5
  too_long                {"length": int, "maximum": int}  characters; with field "name" of the whole name
  wrong_pattern           {"example"}
  not_above               {"limit"}  must be more than the limit (energy 0)
  too_small               {"minimum"}
  too_large               {"maximum"}
  not_in_vocabulary       {"allowed": tuple}  a warning if the field says so; field "collision" too
  rule                    {"rule", "text": {"en", "ru"}}  a rule of the convention; its text is in config
The whole name (field "name"), errors of parse
  wrong_number_of_fields  {"found": int, "expected": int}
A field of the name, warnings
  unusually_small         {"usual_minimum"}
  unusually_large         {"usual_maximum"}
  energy_below_collision  {"collision", "minimum", "is_assumed": bool}  GeV; is_assumed: none was chosen
  energy_above_collision  {"collision", "maximum", "is_assumed": bool}
Size of a task (fields "events" and "jobs")
  missing, not_a_number, not_an_integer, too_small, too_large  as above
  more_jobs_than_events   {"events": int, "jobs": int}  an error
  many_jobs               {"jobs": int, "limit": int}  a warning; the jobs PanDA will make
  few_events_per_job      {"events_per_job": int, "limit": int}  a warning
What is sent, errors (field: one of the name, "name", "key", "creator", "seed", "input", or a setting)
  no_recipe               {"data_type"}
  column_too_long         {"key", "length": int, "maximum": int}  PanDA's key and the width of its column
  empty                   {"key"}  PanDA needs a value
  unsafe_characters       {"characters"}  they would reach a shell or a template
  user_name_changes       {}  PanDA would clean this userName, and it would be found no more
  unknown_placeholder     {"placeholder"}  a recipe speaks of a field this name does not have
  seed_missing            {}  the recipe needs a range of seeds, the task has none
  seeds_used_up           {"last": int, "maximum": int}
  input_missing           {}  the recipe reads a dataset and none is known
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
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
    values: Mapping[str, object] = dataclasses.field(default_factory=dict, hash=False)
    level: Level = Level.ERROR
    mend: str | None = None

    @property
    def is_error(self) -> bool:
        """True refuses; False asks."""
        return self.level is Level.ERROR
