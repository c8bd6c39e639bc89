"""What a check of the domain finds wrong, or odd: a code, put into words elsewhere (problem_words.py)."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

# Every code of the domain, with the names of its values. Values are text, but for those marked with a type.
CODES: dict[str, tuple[str, ...]] = {
    # A field of the name: errors.
    "missing": (),
    # The four of wrong characters are told by the first of them. characters: each once, with blanks between,
    # invisible ones as U+00A0.
    "space": ("characters",),
    "foreign_letter": ("characters",),
    "separator": ("characters", "separator"),  # the dot inside a field
    "forbidden_character": ("characters",),
    "misplaced_separator": ("separator",),  # a dataset name with a dot first, last or doubled
    "not_a_number": ("value",),
    "not_an_integer": ("value",),
    "not_canonical": ("value", "expected"),  # only in a name: 059 for 59, 13p50 for 13p5
    "too_long": ("length", "maximum"),  # int, characters; of the field "name": the whole name
    "wrong_pattern": ("example",),
    "not_above": ("limit",),  # it must be more (energy 0)
    "too_small": ("minimum",),
    "too_large": ("maximum",),
    # allowed: tuple of text. A warning where the field says so. Also of the field "collision".
    "not_in_vocabulary": ("allowed",),
    # A rule of the convention, an error or a warning. text: {"en": …, "ru": …}, from config.py. assumed: the
    # collision system that the rule speaks of where none was chosen, else "".
    "rule": ("rule", "text", "assumed"),
    # The whole name, of the field "name": too few or too many parts. int.
    "wrong_number_of_fields": ("found", "expected"),
    # A field of the name: warnings. is_assumed: bool, no collision system was chosen. Energies in GeV.
    "unusually_small": ("usual_minimum",),
    "unusually_large": ("usual_maximum",),
    "energy_below_collision": ("collision", "minimum", "is_assumed"),
    "energy_above_collision": ("collision", "maximum", "is_assumed"),
    # A change of many tasks, field "edit".
    "nothing_chosen": (),
    "not_ticked": (),  # of a field in which something was typed
    # Size of a task, fields "events" and "jobs" (also missing, not_an_integer, too_small, too_large). int.
    # Of a plan, field "plan": too many tasks; a name that two of its tasks have. int.
    "plan_too_large": ("tasks", "maximum"),
    "name_twice": (),
    "more_jobs_than_events": ("events", "jobs"),
    "many_jobs": ("jobs", "limit"),  # a warning; the jobs PanDA will make
    "few_events_per_job": ("events_per_job", "limit"),  # a warning
    # A table of tasks, field "table" where it cannot be read at all.
    "not_text": (),  # a file of bytes that are no UTF-8, or with NUL among them
    "too_many_bytes": ("bytes", "maximum"),  # int
    "not_readable": ("format", "line", "column"),  # CSV, JSON or YAML; int, from 1
    "no_list": ("format",),
    "row_without_columns": ("number",),  # int, the row; so in all that follow
    "too_deep": (),
    "yaml_alias": ("line",),  # int
    "table_empty": (),
    "too_many_rows": ("rows", "maximum"),  # int
    "too_many_columns": ("columns", "maximum"),  # int, of one row or of the header
    "column_without_name": ("number",),  # int, the column
    "column_twice": ("column",),
    "unknown_column": ("column",),
    "unknown_column_near": ("column", "nearest"),  # nearest: a column there is
    "text_changed": (),  # since it was checked
    "nothing_to_make": (),
    # Its rows, field "table" or a column.
    "too_many_cells": ("cells", "columns"),  # int
    "not_one_value": (),  # a list or a table in a cell
    "name_in_rows": ("rows",),  # text, the rows that have one name
    "parent_unknown": ("parent",),  # no row and no task that the person sees
    "parent_gone": ("id",),  # int, of what a plan was to follow
    "parent_not_yours": ("creator",),
    "parent_is_twin": ("id",),  # int
    "parent_of_another_kind": ("data_type", "parent_type", "allowed"),  # what may follow, tuple
    "parent_ends_chain": ("data_type", "parent_type"),
    "parent_circle": ("rows",),
    "parent_left_out": ("number",),  # int, the row of the parent, which cannot be made
    "name_burnt": (),  # field "name": sent before the database was restored, and forgotten since
    "parent_differs": ("fields",),  # a warning; fields of the name, tuple
    # A task of a chain that is changed, field "data_type", or "name" for a warning.
    "child_of_another_kind": ("id", "data_type", "child_type"),  # int
    "child_differs": ("id", "fields"),  # a warning; int, and fields of the name, tuple
    "parent_dead": (),  # a warning: it has come to nothing
    "long_jobs": ("hours", "limit", "jobs"),  # a warning; text, hours of a job; jobs that would fit
    # Labels of a task, fields "tags", "campaign" (also wrong_pattern, not_in_vocabulary) and "request".
    "wrong_tag": ("tag",),
    "too_many_tags": ("maximum",),  # int
    # A comment, field "comment" (also missing, too_long).
    "too_many_mentions": ("maximum",),  # int
    "too_many_comments": ("maximum",),  # int, within an hour
    # The sample: of the field "name". A warning: there is something of it already. int; state: a shown state.
    "sample_exists": ("id", "state", "tasks", "events"),
    # An extension: errors. Nothing is there; it would be of another sample; a step that only reads a dataset;
    # a generation whose events would be the same ones.
    "nothing_to_extend": ("id", "state"),  # int; a shown state
    "not_the_sample": ("id",),  # int
    "extension_without_input": ("data_type",),
    "extension_without_seeds": ("data_type",),
    "twin_not_extended": ("id",),  # int
    # A twin: errors, of the field "twin" or "name".
    "no_twin": ("data_type",),
    "no_twin_name": (),
    "tested_differently": (),
    # Warnings: the recipe numbers events from 1; it runs another software than the task that is extended did.
    "event_numbers_repeat": (),
    "other_software": ("was", "now"),
    # What is sent: errors of a field of the name, "name", "key", "creator", "events", "jobs", "priority",
    # "seed", "input", "RECIPES" or a setting PANDA_….
    "no_recipe": ("data_type",),
    "column_too_long": ("key", "length", "maximum"),  # PanDA's key; int, characters
    "empty": ("key",),  # PanDA needs a value
    "unsafe_characters": ("characters",),  # they would reach a shell or a template
    "user_name_changes": ("user_name",),  # PanDA would clean it, and find our tasks no more
    "unknown_placeholder": ("placeholder",),  # a recipe speaks of a field that this name does not have
    "seed_missing": (),  # the recipe draws random numbers, the task has no range of seeds
    "seeds_used_up": ("last", "maximum"),  # int
    "input_missing": (),  # the recipe reads a dataset, and none is known
}


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
