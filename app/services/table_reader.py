"""Read a text into the rows of a table of tasks, whatever its format."""

from app.domain.task_table import Columns, Format, TableRow, rows_of
from app.domain.task_text import read_csv, read_json
from app.services.yaml_records import read_yaml


def read_rows(text: str, form: Format, columns: Columns, limit: int) -> list[TableRow]:
    """Return the rows of a text. limit: how many there may be. Raise Unreadable with all that is wrong."""
    if form is Format.JSON:
        return rows_of(read_json(text), columns, limit)
    if form is Format.YAML:
        return rows_of(read_yaml(text), columns, limit)
    return rows_of(read_csv(text, columns), columns, limit)
