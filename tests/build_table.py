"""Tables of tasks for tests."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask import current_app
from sqlalchemy import func, select

from app.domain.task_table import TableRow
from app.extensions import db
from app.models import PandaCommand, Task, TaskField, TaskFollower, TaskTag, TaskTransition, User
from app.services.imports import Importer, Judged, Made
from app.services.parameters import ParameterBuilder
from app.services.rules import rules_from
from tests.build_task import FIELDS

SIZE = {"events": "100000", "jobs": "100"}
# The column names as a file has them.
NAMES = (*FIELDS, "events", "jobs", "collision", "parent", "tags", "campaign", "request")
# The warnings that rows of too high an energy ask about, confirmed.
ENERGY = frozenset({"energy:energy_above_collision:"})


def make_importer() -> Importer:
    """Return the importer of this application; needs its context."""
    config = current_app.config
    return Importer(rules_from(config), config["RECIPE_BOOK"], ParameterBuilder(config))


def row(**changes: str) -> dict[str, str]:
    """Return the cells of a good row, but for what is given."""
    return {**FIELDS, **SIZE, **changes}


def name_of(cells: Mapping[str, str]) -> str:
    """Return the name that good cells make."""
    return ".".join(cells[name].replace(".", "p") if name == "energy" else cells[name] for name in FIELDS)


def chain_of(*data_types: str, **changes: str) -> list[dict[str, str]]:
    """Return rows of which each follows the one before."""
    rows: list[dict[str, str]] = []
    for data_type in data_types:
        parent = name_of(rows[-1]) if rows else ""
        rows.append(row(data_type=data_type, parent=parent, **changes))
    return rows


def numbered(rows: Sequence[Mapping[str, str]]) -> list[TableRow]:
    """Return rows as a reader numbers them."""
    return [TableRow(number, cells) for number, cells in enumerate(rows, 2)]


def judge(rows: Sequence[Mapping[str, str]], user: User, now: datetime) -> Judged:
    """Judge rows; needs an application context."""
    return make_importer().judge(numbered(rows), user, now)


def codes(judged: Judged) -> list[list[str]]:
    """Return what is wrong or odd with each row."""
    return [[f"{problem.field}: {problem.code}" for problem in entry.problems] for entry in judged.entries]


def create(
    rows: Sequence[Mapping[str, str]], user: User, now: datetime,
    *, submit: bool = False, only_valid: bool = False, confirmed: frozenset[str] = frozenset(),
) -> Made:  # fmt: skip
    """Make the tasks of rows; needs an application context."""
    return make_importer().make(numbered(rows), user, confirmed, now, submit=submit, only_valid=only_valid)


def counts() -> list[int]:
    """Return how many rows there are of all that creating tasks writes."""
    tables = (Task, TaskField, TaskTransition, PandaCommand, TaskTag, TaskFollower)
    return [db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def tasks_made(made: Made) -> list[Task]:
    """Return the tasks that a table became, in the order of its rows."""
    return [db.session.get_one(Task, task_id) for task_id in made.ids]
