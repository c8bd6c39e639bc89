"""Texts that hold a table of tasks: CSV and JSON read into records, and all formats written."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NoReturn

from app.domain.problem import Problem
from app.domain.task_table import TABLE, Columns, Format, Record, Unreadable

_DELIMITERS = (",", ";", "\t")


def read_csv(text: str, columns: Columns) -> list[Record]:
    """Return the rows below the header; the delimiter is the one by which most headings are known.

    Raise Unreadable.
    """
    lines = _csv_lines(text, _delimiter_of(text, columns))
    place = next((number for number, line in enumerate(lines) if any(line)), len(lines))
    header = [cell.strip() for cell in lines[place]] if lines[place:] else []
    while header and not header[-1]:
        header.pop()  # a spreadsheet pads its rows
    if "" in header:
        raise Unreadable(Problem(TABLE, "column_without_name", {"number": header.index("") + 1}))
    return [_csv_record(number, line, header) for number, line in enumerate(lines[place + 1 :], place + 2)]


def read_json(text: str) -> list[Record]:
    """Return the objects of a list. Raise Unreadable.

    Numbers stay as they are written: 1e6 is put right by its author, not by a rounding of ours.
    """
    try:
        items = json.loads(text, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=tuple)
    except json.JSONDecodeError as error:
        raise unreadable(Format.JSON, error.lineno, error.colno) from None
    except RecursionError:
        raise Unreadable(Problem(TABLE, "too_deep")) from None
    if not isinstance(items, list):
        raise Unreadable(Problem(TABLE, "no_list", {"format": "JSON"}))
    return [_json_record(number, item) for number, item in enumerate(items, 1)]


def write(rows: Sequence[Mapping[str, str]], names: Sequence[str], form: Format) -> str:
    """Return rows as a text in this format, every column of `names` in each."""
    if form is Format.CSV:
        return _write_csv(rows, names)
    full = [{name: row.get(name, "") for name in names} for row in rows]
    if form is Format.JSON:
        return json.dumps(full, ensure_ascii=False, indent=2) + "\n"
    # A text in JSON's quotes is one in YAML's.
    items = (
        "\n  ".join(f"{name}: {json.dumps(text, ensure_ascii=False)}" for name, text in row.items())
        for row in full
    )
    return "".join(f"- {item}\n" for item in items)


def unreadable(form: Format, line: int, column: int) -> Unreadable:
    """Return what to raise where a text breaks off from its format; both counted from 1."""
    return Unreadable(
        Problem(TABLE, "not_readable", {"format": form.upper(), "line": line, "column": column})
    )


def _delimiter_of(text: str, columns: Columns) -> str:
    head = next((line for line in text.splitlines() if line.strip()), "")

    def known(delimiter: str) -> int:
        return sum(columns.find(cell.strip(' "')) is not None for cell in head.split(delimiter))

    return max(_DELIMITERS, key=known)


def _csv_lines(text: str, delimiter: str) -> list[list[str]]:
    source = io.StringIO(text, newline="")
    reader = csv.reader(source, delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        return list(reader)
    except csv.Error:
        raise unreadable(Format.CSV, reader.line_num, 1) from None


def _csv_record(number: int, line: Sequence[str], header: Sequence[str]) -> Record:
    padded = [*line, *[""] * (len(header) - len(line))]
    beyond = [cell for cell in line[len(header) :] if cell.strip()]
    return Record(number, list(zip(header, padded, strict=False)), len(beyond))


def _json_record(number: int, item: object) -> Record:
    if not isinstance(item, tuple):
        refuse_row(number)
    return Record(number, [(name, _json_value(value)) for name, value in item])


def refuse_row(number: int) -> NoReturn:
    """Raise Unreadable: something stands in the place of a row that has no columns."""
    raise Unreadable(Problem(TABLE, "row_without_columns", {"number": number}))


def _json_value(value: object) -> str | None:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else None


def _write_csv(rows: Iterable[Mapping[str, str]], names: Sequence[str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
