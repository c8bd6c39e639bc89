"""Read docs/permissions.md: the table of who gets what."""

from pathlib import Path
from typing import NamedTuple

from tests.world import EVERYBODY

FILE = Path(__file__).parent.parent / "docs" / "permissions.md"
COLUMNS = ("Route", "Method", "State", *EVERYBODY)


class Row(NamedTuple):
    path: str
    method: str
    state: str
    # Who asks → what they get.
    cells: dict[str, str]


def read_table(text: str | None = None) -> list[Row]:
    """Return the rows. Raise ValueError where the table is not as it should be."""
    lines = (FILE.read_text(encoding="utf-8") if text is None else text).splitlines()
    rows = [_cells(line) for line in lines if line.startswith("| ")]
    heads = [row for row in rows if row[0] == "Route"]
    if heads != [list(COLUMNS)]:
        message = f"the table needs one head with the columns {COLUMNS}"
        raise ValueError(message)
    return [_row(row) for row in rows if row[0].startswith("`/")]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _row(cells: list[str]) -> Row:
    if len(cells) != len(COLUMNS):
        message = f"{len(cells)} cells instead of {len(COLUMNS)}: {cells}"
        raise ValueError(message)
    path, method, state, *words = cells
    return Row(path.strip("`"), method, state, dict(zip(EVERYBODY, words, strict=True)))
