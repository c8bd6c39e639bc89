"""Texts that hold a table of tasks: CSV and JSON read into records, and all formats written."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NoReturn

from app.domain.problem import Problem
from app.domain.task_table import MOST_COLUMNS, TABLE, Columns, Format, Record, Unreadable, check_headings

_DELIMITERS = (",", ";", "\t")


def read_csv(text: str, columns: Columns) -> Iterator[Record]:
    """Yield the rows below the header; the delimiter is the one by which most headings are known.

    A row has the cells that stand in it, so what is kept grows with the text alone. Raise Unreadable.
    """
    lines = enumerate(_csv_lines(text, _delimiter_of(text, columns)), 1)
    header = _header(next((line for _number, line in lines if any(line)), []))
    # Here, as a column may have no cell in any row.
    check_headings([header], columns)
    for number, line in lines:
        yield _csv_record(number, line, header)


def read_json(text: str) -> Iterator[Record]:
    """Yield the objects of a list. Raise Unreadable.

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
    for number, item in enumerate(items, 1):
        yield _json_record(number, item)


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
        return sum(columns.find(cell.strip(' "')) is not None for cell in head.split(delimiter, MOST_COLUMNS))

    return max(_DELIMITERS, key=known)


def _csv_lines(text: str, delimiter: str) -> Iterator[list[str]]:
    source = io.StringIO(text, newline="")
    reader = csv.reader(source, delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        yield from reader
    except csv.Error:
        raise unreadable(Format.CSV, reader.line_num, 1) from None


def _header(line: Iterable[str]) -> list[str]:
    header = [cell.strip() for cell in line]
    while header and not header[-1]:
        header.pop()  # a spreadsheet pads its rows
    if "" in header:
        raise Unreadable(Problem(TABLE, "column_without_name", {"number": header.index("") + 1}))
    return header


def _csv_record(number: int, line: Sequence[str], header: Sequence[str]) -> Record:
    beyond = [cell for cell in line[len(header) :] if cell.strip()]
    return Record(number, list(zip(header, line, strict=False)), len(beyond))


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
