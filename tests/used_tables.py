"""Which tables a test has used, and how these are emptied: what was not touched costs nothing."""

from functools import cache
from typing import Any

from psycopg import Cursor

from app.extensions import db

# A table of PostgreSQL with more than this holds is emptied by TRUNCATE, which makes new files for it and for
# each of its indexes; whoever comes later would else read the deleted rows as well. Bytes.
LARGE = 1 << 20
_sequences: list[str] = []


def used_tables(cursor: Any) -> list[str]:
    """Return the tables that have rows, in an order in which these can be deleted. cursor: of the driver."""
    # PostgreSQL takes longer to plan this than to carry it out: it is prepared.
    wishes = {"prepare": True} if isinstance(cursor, Cursor) else {}
    cursor.execute(_question(), **wishes)
    return [table for table, is_used in zip(_tables(), cursor.fetchone(), strict=True) if is_used]


def empty_tables(cursor: Any) -> None:
    """Delete every row in a transaction that has begun; numbers begin at 1 again."""
    tables = used_tables(cursor)
    if not isinstance(cursor, Cursor):
        for table in tables:
            cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608  a name from our own list
        return
    large = _large(cursor, tables)
    deleting = [f'DELETE FROM "{table}"' for table in tables if table not in large]  # noqa: S608  as above
    truncating = [f'TRUNCATE "{table}" CASCADE' for table in large]
    # Without foreign keys, in one go. RESTART would make new files.
    steps = ["SET LOCAL session_replication_role = replica", *deleting, *truncating, _numbers_at_1(cursor)]
    cursor.execute("; ".join(steps))


@cache
def _tables() -> tuple[str, ...]:
    return tuple(table.name for table in reversed(db.metadata.sorted_tables))


@cache
def _question() -> str:
    return "SELECT " + ", ".join(f'EXISTS (SELECT 1 FROM "{table}")' for table in _tables())  # noqa: S608  our own names


def _large(cursor: Cursor, tables: list[str]) -> list[str]:
    is_large = "relname = ANY(%s) AND relkind = 'r' AND pg_relation_size(oid) > %s"
    found = cursor.execute(f"SELECT relname FROM pg_class WHERE {is_large}", (tables, LARGE), prepare=True)  # noqa: S608  as above
    return [name for (name,) in found]


def _numbers_at_1(cursor: Cursor) -> str:
    if not _sequences:  # the same in every database
        names = cursor.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")
        _sequences.extend(name for (name,) in names)
    return "SELECT " + ", ".join(f"setval('{name}', 1, false)" for name in _sequences)
