"""Rows of a table as tasks: what each says, what is wrong with it by itself, and whom it follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.descent import circles
from app.domain.estimate import check_size, panda_jobs, read_count, ungrouped
from app.domain.labels import Labels, check_labels, tags_in
from app.domain.naming import NotAName, build, check, normalise
from app.domain.problem import Problem
from app.domain.recipe import Recipe
from app.domain.succession import PARENT, Recipes, problems_of_kind
from app.domain.task_table import TableRow, in_ranges
from app.models import Task, User
from app.services.drafts import find_by_names
from app.services.parents import problems_with_parent
from app.services.rules import TaskRules

# No label is longer; what is would only be quoted at length, characters.
_LONGEST = 500


@dataclass
class Entry:
    """A row as a task. parent: the place of the row it follows; above: or the task, where that exists.

    name, events and jobs are None where what stands there makes none.
    """

    row: TableRow
    fields: Mapping[str, str]
    name: str | None
    collision: str | None
    labels: Labels
    events: int | None
    jobs: int | None
    problems: list[Problem] = field(default_factory=list)
    parent: int | None = None
    above: Task | None = None

    @property
    def is_wrong(self) -> bool:
        """Say whether it cannot be made."""
        return any(problem.is_error for problem in self.problems)


def read_entry(row: TableRow, rules: TaskRules, recipes: Recipes, now: datetime) -> Entry:
    """Return a row as a task, judged by itself as one that is made by hand."""
    fields = normalise(rules.convention, row.cells)
    collision = row.cells.get("collision") or None
    labels, problems = _labels(row.cells)
    problems += check(rules.convention, row.cells, rules.context(collision, now))
    problems += check_labels(labels, rules.labels)
    events, jobs, of_size = _size(row.cells, recipes.get(fields[rules.recipe_field]), rules)
    told = {problem.field for problem in row.problems}
    found = [*row.problems, *(each for each in [*problems, *of_size] if each.field not in told)]
    return Entry(row, fields, _name(rules, fields), collision, labels, events, jobs, found)


def follow_parents(entries: Sequence[Entry], user: User, recipes: Recipes, rules: TaskRules) -> None:
    """Find whom each row follows, and note what is wrong or odd with it."""
    places = {entry.name: place for place, entry in enumerate(entries) if entry.name}
    wanted = {name for entry in entries if (name := entry.row.cells.get(PARENT))}
    tasks = find_by_names(wanted - places.keys(), with_fields=True)
    for entry in entries:
        if name := entry.row.cells.get(PARENT):
            entry.parent, entry.above = places.get(name), tasks.get(name)
            if entry.parent is None:
                entry.problems += problems_with_parent(entry.above, name, user)
    for circle in circles([entry.parent for entry in entries]):
        rows = in_ranges(entries[place].row.number for place in circle)
        for place in circle:
            entries[place].problems.append(Problem(PARENT, "parent_circle", {"rows": rows}))
    for entry in entries:
        entry.problems += _problems_of_kind(entry, entries, recipes, rules)


def _labels(cells: Mapping[str, str]) -> tuple[Labels, list[Problem]]:
    texts = [cells.get(name, "") for name in ("tags", "campaign", "request")]
    problems = [
        Problem(name, "too_long", {"length": len(text), "maximum": _LONGEST})
        for name, text in zip(("tags", "campaign", "request"), texts, strict=True)
        if len(text) > _LONGEST
    ]
    if problems:
        return Labels(), problems
    return Labels(tags_in(texts[0]), texts[1], texts[2]), []


def _size(
    cells: Mapping[str, str], recipe: Recipe | None, rules: TaskRules
) -> tuple[int | None, int | None, list[Problem]]:
    events = read_count("events", ungrouped(cells.get("events", "")))
    text = cells.get("jobs", "")
    if not text and recipe and not isinstance(events, Problem):
        jobs: int | Problem | None = panda_jobs(events, recipe.events_per_job)
    else:
        jobs = read_count("jobs", ungrouped(text)) if text or not isinstance(events, Problem) else None
    wrong = [count for count in (events, jobs) if isinstance(count, Problem)]
    counted = [None if isinstance(count, Problem) else count for count in (events, jobs)]
    if counted[0] is not None and counted[1] is not None:
        wrong += check_size(counted[0], counted[1], rules.limits_of(cells))
    return counted[0], counted[1], wrong


def _name(rules: TaskRules, fields: Mapping[str, str]) -> str | None:
    try:
        return build(rules.convention, fields)
    except NotAName:
        return None


def _problems_of_kind(
    entry: Entry, entries: Sequence[Entry], recipes: Recipes, rules: TaskRules
) -> list[Problem]:
    """Return what is wrong or odd with reading what that parent makes."""
    above: Mapping[str, str]
    if entry.parent is not None:
        above = entries[entry.parent].fields
    elif entry.above is not None and not any(problem.field == PARENT for problem in entry.problems):
        above = {each.field: each.value for each in entry.above.fields}
    else:
        return []
    return problems_of_kind(entry.fields, above, recipes, rules.recipe_field)
