"""Pages of a list, with counts that never read a whole table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm.attributes import InstrumentedAttribute

from app.extensions import db

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of rows. total counts at most COUNT_LIMIT; is_more says that there are more than that."""

    rows: Sequence[Row]
    number: int
    size: int
    total: int
    is_more: bool
    has_next: bool

    @property
    def pages(self) -> int | None:
        """Number of pages, or None when there are too many to count."""
        return None if self.is_more else max(1, -(-self.total // self.size))


def read_page(
    statement: Select[Any], number: int, size: int, count_limit: int, counted: Select[Any] | None = None
) -> Page[Any]:
    """Run a select for one page. A page beyond the end shows the last one that was counted.

    counted: finds the same rows, where another way than that in their order is quicker.
    """
    wanted = statement if counted is None else counted
    matches = wanted.with_only_columns(literal(1), maintain_column_froms=True).order_by(None)
    found = (
        db.session.scalar(select(func.count()).select_from(matches.limit(count_limit + 1).subquery())) or 0
    )
    total, is_more = min(found, count_limit), found > count_limit
    last = max(1, -(-total // size))
    rows = _rows(statement, number, size) if is_more or number <= last else []
    if not rows:
        number = min(number, last)
        rows = _rows(statement, number, size)
    return Page(rows[:size], number, size, total, is_more, len(rows) > size)


def _rows(statement: Select[Any], number: int, size: int) -> Sequence[Any]:
    """Return the rows of a page, and one more where there is a next page."""
    return db.session.scalars(statement.limit(size + 1).offset((number - 1) * size)).all()


def distinct_values(column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None]) -> list[str]:
    """Return the values of an indexed column, sorted; the index may leave out the rows without one.

    Jumps from value to value along the index: a plain DISTINCT would read it whole.
    """
    values = select(func.min(column).label("value")).where(column.is_not(None)).cte(recursive=True)
    following = select(func.min(column)).where(column > values.c.value).scalar_subquery()
    values = values.union_all(select(following).where(values.c.value.is_not(None)))
    return list(db.session.scalars(select(values.c.value).where(values.c.value.is_not(None))))
