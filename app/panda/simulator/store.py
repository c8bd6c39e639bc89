"""The simulator's memory: one SQLite file that survives kill -9."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from app.panda.simulator.task import Task

SCHEMA = """
CREATE TABLE IF NOT EXISTS task (
    id INTEGER PRIMARY KEY AUTOINCREMENT, parameters TEXT NOT NULL,
    task_name TEXT NOT NULL, user_name TEXT NOT NULL, vo TEXT NOT NULL, label TEXT NOT NULL,
    task_type TEXT NOT NULL, parent_id INTEGER NOT NULL, priority INTEGER NOT NULL,
    current_priority INTEGER NOT NULL, created_at REAL NOT NULL, ticket_id TEXT, jedi_name TEXT,
    jedi_user TEXT, status TEXT NOT NULL, old_status TEXT, error_dialog TEXT, state_changed_at REAL NOT NULL,
    modified_at REAL NOT NULL, started_at REAL, ended_at REAL, step_at REAL,
    command TEXT, command_by TEXT, command_at REAL, outcome TEXT NOT NULL,
    n_files INTEGER NOT NULL, n_finished INTEGER NOT NULL, n_failed INTEGER NOT NULL, n_bad INTEGER NOT NULL,
    run_started_at REAL, run_seconds REAL NOT NULL, seconds_left REAL NOT NULL, attempt INTEGER NOT NULL,
    changes TEXT NOT NULL,
    due_at REAL GENERATED ALWAYS AS (min(ifnull(step_at, command_at), ifnull(command_at, step_at))) STORED
);
CREATE INDEX IF NOT EXISTS task_due ON task (due_at, id);
CREATE INDEX IF NOT EXISTS task_jedi ON task (jedi_name, jedi_user);
CREATE INDEX IF NOT EXISTS task_name ON task (task_name, user_name);
CREATE INDEX IF NOT EXISTS task_ticket ON task (ticket_id);
CREATE INDEX IF NOT EXISTS task_user ON task (jedi_user, label);
CREATE INDEX IF NOT EXISTS task_parent ON task (parent_id);
CREATE TABLE IF NOT EXISTS asked (id INTEGER PRIMARY KEY, task_id INTEGER NOT NULL, command TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS asked_task ON asked (task_id);
CREATE TABLE IF NOT EXISTS fault (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, method TEXT, moment TEXT NOT NULL, remaining INTEGER,
    hits INTEGER NOT NULL DEFAULT 0, options TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS clock (
    id INTEGER PRIMARY KEY CHECK (id = 1), frozen_at REAL, ahead REAL NOT NULL DEFAULT 0
);
INSERT OR IGNORE INTO clock (id) VALUES (1);
"""
_JSON = frozenset({"parameters", "changes"})
_COLUMNS = tuple(field.name for field in fields(Task))
_CHANGING = tuple(name for name in _COLUMNS if name not in {"id", "parameters"})
# The names are those of the columns above; values come as parameters.
_INSERT = f"INSERT INTO task ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + name for name in _COLUMNS)})"  # nosec B608  # noqa: S608
_UPDATE = f"UPDATE task SET {', '.join(f'{name} = :{name}' for name in _CHANGING)} WHERE id = :id"  # nosec B608  # noqa: S608


class Store:
    """The tasks, inside one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def add(self, task: Task) -> None:
        """Keep a new task; an id of 0 asks for the next one, which is written into the task."""
        row = self.connection.execute(_INSERT, _to_row(task) | {"id": task.id or None})
        was_root = task.parent_id in {0, task.id}
        task.id = int(row.lastrowid or 0)
        if was_root:
            task.parent_id = task.id
            self.save(task)

    def save(self, task: Task) -> None:
        self.connection.execute(_UPDATE, _to_row(task, _CHANGING) | {"id": task.id})

    def find(self, task_id: int) -> Task | None:
        return next(self.select("id = ?", [task_id]), None)

    def next_due(self, moment: float) -> Task | None:
        """Find the task with the earliest event that is due at `moment`."""
        return next(self.select("due_at <= ? ORDER BY due_at, id LIMIT 1", [moment]), None)

    def children(self, task: Task) -> list[Task]:
        return list(self.select("parent_id = ? AND id != ? ORDER BY id", [task.id, task.id]))

    def note_asked(self, task_id: int, command: str) -> None:
        """Count an order that was taken; the slot of the task keeps only the last."""
        self.connection.execute("INSERT INTO asked (task_id, command) VALUES (?, ?)", [task_id, command])

    def asked_of(self, task_id: int) -> list[str]:
        """Return every order taken for a task, oldest first."""
        rows = self.connection.execute("SELECT command FROM asked WHERE task_id = ? ORDER BY id", [task_id])
        return [row["command"] for row in rows]

    def clear(self) -> None:
        """Forget every task; ids begin at 1 again."""
        self.connection.execute("DELETE FROM task")
        self.connection.execute("DELETE FROM asked")
        self.connection.execute("DELETE FROM sqlite_sequence")

    def select(self, condition: str, values: list[Any]) -> Iterator[Task]:
        """Find tasks by an SQL condition written in this package; values come as parameters."""
        for row in self.connection.execute(f"SELECT * FROM task WHERE {condition}", values):  # nosec B608  # noqa: S608
            yield _to_task(row)


def _to_row(task: Task, names: tuple[str, ...] = _COLUMNS) -> dict[str, Any]:
    return {name: json.dumps(getattr(task, name)) if name in _JSON else getattr(task, name) for name in names}


def _to_task(row: Mapping[str, Any]) -> Task:
    return Task(**{name: json.loads(row[name]) if name in _JSON else row[name] for name in _COLUMNS})


class Database:
    """The file, and the one connection of this process to it."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._lock = threading.Lock()
        self._connection.execute("PRAGMA journal_mode=WAL")
        # Enough against kill -9: what is committed is with the operating system.
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[Store]:
        """Do everything inside or nothing; requests come one after another, those of other processes too."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Store(self._connection)
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def close(self) -> None:
        self._connection.close()
