"""Read a table of config.py and note everything wrong with it, in plain English, instead of stopping."""

from collections.abc import Collection, Mapping
from decimal import Decimal, InvalidOperation
from typing import TypeVar

T = TypeVar("T")

LANGUAGES = ("en", "ru")


class SettingsProblem(ValueError):
    """A table of the settings cannot be used; `problems` lists why, in plain English."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class Reader:
    """Reads one table. A wrong value leaves a line in `problems` and gives an empty value of its type."""

    def __init__(self, table: object, where: str, problems: list[str]) -> None:
        self.where = where
        self.problems = problems
        self._is_table = isinstance(table, Mapping)
        self._table: Mapping[object, object] = table if isinstance(table, Mapping) else {}
        self._read: set[object] = set()
        if not self._is_table:
            problems.append(f"{where}: must be a table {{…}}")

    def note(self, problem: str) -> None:
        """Add a line about this table. What is no table at all is noted once only."""
        if self._is_table:
            self.problems.append(f"{self.where}: {problem}")

    def value(self, key: str, default: object = None) -> object:
        """Return what stands at the key, unchecked."""
        self._read.add(key)
        return self._table.get(key, default)

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text; without a default it must be there and not be empty."""
        found = self._of_type(key, str, "", default, "a text")
        if default is None and found == "" and self._table.get(key) == "":
            self.note(f"{key} must not be empty")
        return found

    def whole(self, key: str, default: int | None = None, minimum: int = 0) -> int:
        """Return an integer of at least the minimum."""
        found = self._of_type(key, int, minimum, default, "a whole number")
        if found < minimum:
            self.note(f"{key} must be at least {minimum}, is {found}")
        return found

    def flag(self, key: str) -> bool:
        """Return True or False; False if the key is not there."""
        return self._of_type(key, bool, False, False, "True or False")

    def number(self, key: str) -> Decimal | None:
        """Return a decimal number, None if the key is not there. A text keeps 13.5 exact."""
        found = self.value(key)
        if found is None:
            return None
        try:
            number = Decimal(str(found))
        except InvalidOperation:
            number = Decimal("NaN")
        if isinstance(found, bool) or not number.is_finite():
            self.note(f"{key} must be a number, is {found!r}")
            return None
        return number

    def one_of(self, key: str, allowed: Collection[str], default: str | None = None) -> str:
        """Return one of the allowed words; the first of them when another one stands there."""
        found = self._of_type(key, str, "", default, "a text")
        if found in allowed:
            return found
        if self._table.get(key) == found:
            self.note(f"{key} must be one of {', '.join(allowed)}, is {found!r}")
        return next(iter(allowed))

    def words(self, key: str) -> dict[str, str]:
        """Return a text in every language of the service: {"en": …, "ru": …}."""
        found = self.value(key)
        table = found if isinstance(found, Mapping) else {}
        wanted = {language: table.get(language) for language in LANGUAGES}
        if not all(isinstance(text, str) and text for text in wanted.values()):
            self.note(f'{key} must be {{"en": "…", "ru": "…"}} with both texts')
        return {language: str(text or "") for language, text in wanted.items()}

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, () if the key is not there."""
        found = self.value(key, [])
        if not isinstance(found, list | tuple) or not all(isinstance(text, str) for text in found):
            self.note(f"{key} must be a list of texts")
            return ()
        return tuple(found)

    def table(self, key: str) -> "Reader":
        """Return the reader of a table inside this one."""
        return Reader(self.value(key, {}), f"{self.where}, {key}", self.problems)

    def as_dict(self) -> dict[str, object]:
        """Return the whole table as it is, its keys as text."""
        self._read.update(self._table)
        return {str(key): value for key, value in self._table.items()}

    def tables(self, key: str, *, required: bool = False) -> list["Reader"]:
        """Return readers of a list of tables inside this one."""
        found = self.value(key, [])
        if not isinstance(found, list | tuple):
            self.note(f"{key} must be a list of tables")
            return []
        if required and not found:
            self.note(f"{key} is missing")
        return [
            Reader(item, f"{self.where}, {key}[{number}]", self.problems) for number, item in enumerate(found)
        ]

    def close(self) -> None:
        """Note every key that nobody asked for: mostly a slip of the pen."""
        for key in self._table:
            if key not in self._read:
                self.note(f"{key!r} is no setting here")

    def _of_type(self, key: str, kind: type[T], empty: T, default: T | None, wanted: str) -> T:
        found = self.value(key, default)
        if found is None:
            self.note(f"{key} is missing")
            return empty
        # True is an int for Python, never for an administrator.
        if not isinstance(found, kind) or (isinstance(found, bool) and kind is not bool):
            self.note(f"{key} must be {wanted}, is {found!r}")
            return empty
        return found
