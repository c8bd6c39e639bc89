"""Faults on demand: what goes wrong, in which method, how often. Kept in the database.

Kinds that spoil one answer (moment "before" or "after" the request was carried out; `count` limits them):
    drop        close the connection without an answer           reset   the same with a TCP reset
    half        declare the whole answer, send half of it, close
    drip        send the answer byte by byte over `seconds`      delay   wait `seconds`, then go on
    answer      send `status`, `content_type`, `body`, `headers` instead; the defaults are a proxy's 503
    html        a 200 with a page of HTML                        wrong_types   JSON whose types are wrong
    huge        an answer of `bytes` bytes                       redirect      302 to `location`
Kinds that change how the simulated PanDA works while they are set:
    database_down    "Task not found", empty lists, submission code 4, is_alive still true
    jedi_down        nothing moves and fresh tasks stay invisible; commands are not executed
    refuse_tokens    every token is refused as expired
    accept_expired   a worker remembers tokens it has accepted (PanDA caches decisions for ten minutes)
    outcome          new tasks end as `outcome` (finished, failed, exhausted, broken): a `share` of them, or
                     those whose name holds `name`, or the next `count`
    survivor         which of several waiting tasks of one name survives: `choice` oldest, newest or mixed
    too_many_tasks   submission code 10 from `limit` active tasks of the user on
"""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

ANSWER_KINDS = frozenset(
    {"drop", "reset", "half", "drip", "delay", "answer", "html", "wrong_types", "huge", "redirect"}
)
STANDING_KINDS = frozenset(
    {
        "database_down",
        "jedi_down",
        "refuse_tokens",
        "accept_expired",
        "outcome",
        "survivor",
        "too_many_tasks",
    }
)


@dataclass(frozen=True)
class Fault:
    """One fault; method None means every method, remaining None means until it is taken away."""

    id: int
    kind: str
    method: str | None
    moment: str
    remaining: int | None
    hits: int
    options: dict[str, Any]


class Faults:
    """The faults, inside one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._read: list[Fault] | None = None

    def add(self, wish: dict[str, Any], now: float) -> Fault:
        """Set a fault from {kind, method?, moment?, count?, …options}; raise ValueError on a bad kind."""
        options = dict(wish)
        kind, method = options.pop("kind", None), options.pop("method", None)
        moment, count = options.pop("moment", "before"), options.pop("count", None)
        if kind not in ANSWER_KINDS | STANDING_KINDS or moment not in {"before", "after"}:
            message = f"unknown kind {kind!r} or moment {moment!r}"
            raise ValueError(message)
        self._read = None
        row = self.connection.execute(
            "INSERT INTO fault (kind, method, moment, remaining, options) VALUES (?, ?, ?, ?, ?)",
            [kind, method, moment, count, json.dumps(options | {"since": now})],
        )
        return next(fault for fault in self.all() if fault.id == row.lastrowid)

    def all(self) -> list[Fault]:
        if self._read is None:
            rows = self.connection.execute("SELECT * FROM fault ORDER BY id")
            self._read = [Fault(**(dict(row) | {"options": json.loads(row["options"])})) for row in rows]
        return self._read

    def remove(self, kind: str | None = None) -> None:
        """Take away all faults, or those of one kind."""
        self._read = None
        self.connection.execute("DELETE FROM fault WHERE ? IN (kind, '')", [kind or ""])

    def standing(self, kind: str) -> Fault | None:
        """Find a fault of this kind that still has something to do."""
        return next((fault for fault in self._live() if fault.kind == kind), None)

    def all_standing(self, kind: str) -> list[Fault]:
        return [fault for fault in self._live() if fault.kind == kind]

    def take(self, method: str, moment: str) -> Fault | None:
        """Find the first fault that spoils this answer, and count it as used."""
        for fault in self._live():
            if fault.kind in ANSWER_KINDS and fault.moment == moment and fault.method in {None, method}:
                self.use(fault)
                return fault
        return None

    def use(self, fault: Fault) -> None:
        self._read = None
        self.connection.execute(
            "UPDATE fault SET hits = hits + 1, remaining = remaining - 1 WHERE id = ?", [fault.id]
        )

    def _live(self) -> list[Fault]:
        return [fault for fault in self.all() if fault.remaining is None or fault.remaining > 0]
