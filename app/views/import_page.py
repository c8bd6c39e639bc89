"""The page of a table of tasks: the columns there may be, and what was found in each row."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import current_app
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from app.domain.labels import MOST_TAGS
from app.domain.naming import build, encode
from app.domain.problem import Problem
from app.domain.task_table import OTHER_COLUMNS, SIZE, TABLE, Columns, Format, first_ranges
from app.forms.task_table import TableForm
from app.identity import signed_in_user
from app.page_context import field_label
from app.services.drafts import find_by_names
from app.services.import_rows import Entry
from app.services.imports import Judged
from app.services.tasks import is_visible, warning_key
from app.texts import in_language
from app.views.task_form import task_rules

# A cell is shown so far, characters.
_SHOWN = 40
# Rows that are left out are named so far: the message travels in the cookie of the session, which holds 4 kB.
_RANGES_NAMED = 20
# Kinds of problems that are summed up, at most.
_KINDS = 20


@dataclass(frozen=True)
class ColumnHelp:
    """A column as the page explains it."""

    name: str
    label: str
    help: str
    example: str
    may_be_empty: bool


@dataclass(frozen=True)
class RowView:
    """A row of the table. cells: (column, text, class of what is wrong or odd)."""

    number: int
    name: str | None
    cells: list[tuple[str, str, str]]
    problems: list[Problem]
    is_wrong: bool


@dataclass(frozen=True)
class ProblemKind:
    """A problem that several rows have, with one of them in full. key: of its tick, where it is a warning."""

    problem: Problem
    key: str
    first: int
    rows: str


def columns_known() -> Columns:
    """Return the columns, also by their labels: the English ones, and those the reader sees."""
    labels = {name: [field_label(name)] for name in OTHER_COLUMNS}
    with force_locale("en"):
        for name, words in labels.items():
            words.append(field_label(name))
    return Columns.of(task_rules().convention, labels)


def rows_of_template() -> list[dict[str, str]]:
    """Return two rows, the second of which follows the first, as the convention gives examples."""
    config, rules = current_app.config, task_rules()
    steps = next(iter(config["CHAIN_BOOK"].values())).steps[:2]
    fields = {field.name: field.example for field in rules.convention.fields}
    first, *rest = [fields | {rules.recipe_field: step} for step in steps]
    more = {"events": "1000000", "jobs": "", "collision": _first_collision(), "campaign": _campaign()}
    rows = [{**first, **more}]
    return rows + [{**each, **more, "parent": build(rules.convention, first)} for each in rest]


def page_of(
    form: TableForm, judged: Judged | None, confirmed: frozenset[str], in_the_way: list[Problem]
) -> dict[str, Any]:
    """Return all that the page needs."""
    config = current_app.config
    return {
        "form": form,
        "formats": [("", _("found by itself")), *((each.value, each.upper()) for each in Format)],
        "columns": _columns_help(),
        "most_rows": config["IMPORT_ROWS_LIMIT"],
        "plan_size": config["PLAN_SIZE"],
        "problems": in_the_way if judged is None else [each for each in in_the_way if each.field == TABLE],
        "is_refused": bool(in_the_way),
        "confirmed": confirmed,
        **(_result(judged) if judged else {"rows": []}),
    }


def _result(judged: Judged) -> dict[str, Any]:
    entries = judged.entries
    found = list(_without_secrets(entries))
    headings = _headings(entries)
    kinds = _kinds(found)
    return {
        "headings": [(name, field_label(name)) for name in headings],
        "rows": [_row(entry, problems, headings) for entry, problems in found],
        "kinds": [kind for kind in kinds if kind.problem.is_error][:_KINDS],
        "warnings": [kind for kind in kinds if not kind.problem.is_error],
        "total": len(entries),
        "valid": len(judged.valid),
        "left_out": rows_in_words(judged.left_out),
    }


def rows_in_words(numbers: Sequence[int]) -> str:
    """Return the numbers of rows as people write them, the first of them if there are many."""
    rows, more = first_ranges(numbers, _RANGES_NAMED)
    if not more:
        return rows
    return str(ngettext("%(rows)s and %(num)s more", "%(rows)s and %(num)s more", more, rows=rows))


def _without_secrets(entries: Iterable[Entry]) -> Iterator[tuple[Entry, list[Problem]]]:
    """Yield the rows with what the person may know of them. All tasks are looked up at once."""
    taken = find_by_names(entry.name for entry in entries if entry.name and entry.is_wrong)
    hidden = {name for name, task in taken.items() if not is_visible(signed_in_user(), task)}
    for entry in entries:
        yield (
            entry,
            [
                replace(problem, values={})
                if problem.code == "name_taken" and entry.name in hidden
                else problem
                for problem in entry.problems
            ],
        )


def _headings(entries: Iterable[Entry]) -> list[str]:
    """Return the columns that any row has, in the order of the name; always those of the size."""
    given = {name for entry in entries for name, text in entry.row.cells.items() if text}
    wrong = {problem.field for entry in entries for problem in entry.problems}
    return [name for name in columns_known().names if name in {*given, *wrong, *SIZE}]


def _row(entry: Entry, problems: list[Problem], headings: Sequence[str]) -> RowView:
    looks = {problem.field: "cell-odd" for problem in problems}
    looks |= {problem.field: "cell-wrong" for problem in problems if problem.is_error}
    cells = [(name, _cut(_shown(entry, name), name in looks), looks.get(name, "")) for name in headings]
    return RowView(entry.row.number, entry.name, cells, problems, entry.is_wrong)


def _shown(entry: Entry, name: str) -> str:
    """Return what stands in a cell, and in an empty one of jobs what will be taken."""
    text = entry.row.cells.get(name, "")
    return str(entry.jobs) if name == "jobs" and not text and entry.jobs is not None else text


def _cut(text: str, is_marked: bool) -> str:
    text = text or ("—" if is_marked else "")
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _kinds(found: Iterable[tuple[Entry, list[Problem]]]) -> list[ProblemKind]:
    """Return each kind of problem with its rows, that of most rows first."""
    kinds: dict[str, tuple[Problem, list[int]]] = {}
    for entry, problems in found:
        for problem in problems:
            # A row that is wrong is not made: there is nothing to confirm in it.
            if problem.is_error or not entry.is_wrong:
                rows = kinds.setdefault(warning_key(problem), (problem, []))[1]
                rows += [] if rows[-1:] == [entry.row.number] else [entry.row.number]
    by_rows = sorted(kinds.items(), key=lambda kind: -len(kind[1][1]))
    return [ProblemKind(problem, key, rows[0], rows_in_words(rows)) for key, (problem, rows) in by_rows]


def _columns_help() -> list[ColumnHelp]:
    fields = [
        ColumnHelp(field.name, in_language(field.label), in_language(field.help), field.example, False)
        for field in task_rules().convention.fields
    ]
    own: Mapping[str, tuple[str, str]] = {
        "events": (_("How many events the whole task makes."), "1000000"),
        "jobs": (_("Empty: as many as the recipe of the data type suggests."), "1000"),
        "collision": (_("What collides, for the check of the energy."), _first_collision()),
        "parent": (
            _("The name of another row, or of a task: its output is read, and the task joins its chain."),
            _example_name(),
        ),
        "tags": (
            _("Words to find the task by, with blanks between, up to %(most)s.", most=MOST_TAGS),
            "jpsi 2026-mc",
        ),
        "campaign": (_("The production it belongs to."), _campaign()),
        "request": (_("Its id in the tracker."), task_rules().labels.request_example),
    }  # fmt: skip
    return fields + [
        ColumnHelp(name, field_label(name), *words, name != "events") for name, words in own.items()
    ]


def _example_name() -> str:
    convention = task_rules().convention
    return convention.separator.join(encode(field, field.example) for field in convention.fields)


def _first_collision() -> str:
    return next((system.code for system in task_rules().convention.collisions), "")


def _campaign() -> str:
    rules = task_rules().labels
    return next(iter(rules.campaigns), rules.campaign_example)
