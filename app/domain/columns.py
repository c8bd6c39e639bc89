"""Widths of PanDA's columns. What is too long is found there late, as a task that is broken or stuck.

Source: panda-database, schema/postgres/sqls (pg_PANDA_TABLE.sql, pg_DEFT_TABLE.sql); characters.
"""

from collections.abc import Iterator, Mapping

from app.domain.problem import Problem

WIDTHS = {
    "taskName": 256,
    "ticketID": 50,
    "userName": 128,
    "vo": 32,
    "prodSourceLabel": 20,
    "workingGroup": 32,
    "architecture": 256,
    "cloud": 10,
    "site": 60,
    "processingType": 64,
    "transPath": 128,
    "transUses": 64,
    "transHome": 128,
    "container_name": 200,
    "campaign": 32,
    "gshare": 32,
    "framework": 50,
    "countryGroup": 20,
    "dataset": 255,
    "file": 255,
}

NEEDED = frozenset(
    {"taskName", "ticketID", "userName", "vo", "prodSourceLabel", "processingType", "transPath"}
)


def column_problems(blamed: str, key: str, value: str) -> Iterator[Problem]:
    """Yield what is wrong with the length of a value that goes into the column of PanDA's key."""
    if len(value) > WIDTHS[key]:
        values = {"key": key, "length": len(value), "maximum": WIDTHS[key]}
        yield Problem(blamed, "column_too_long", values)
    if key in NEEDED and not value:
        yield Problem(blamed, "empty", {"key": key})


def column_lines(columns: Mapping[str, str]) -> Iterator[str]:
    """Yield the same in plain English, for the check at the start."""
    for key, value in columns.items():
        for problem in column_problems("", key, value):
            too_long = f"{len(value)} characters, PanDA's {key} takes {WIDTHS[key]}"
            yield too_long if problem.code == "column_too_long" else f"PanDA needs a {key}"
