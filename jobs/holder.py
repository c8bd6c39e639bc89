"""One holder of the scheduled work at a time: a file lock beside SQLite, an advisory lock on PostgreSQL."""

import fcntl
import os
import socket
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

# Any number, the same in every process of the service ("SPD" in ASCII).
ADVISORY_KEY = 0x535044

# PostgreSQL asks the holder's machine every few seconds whether it is there, and else frees the lock.
_NOTICE_A_DEAD_HOLDER = """
    SELECT set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),
           set_config('tcp_keepalives_count', '3', false)
"""


class Lock(Protocol):
    """What keeps a second holder out. It ends with the process, however that ends."""

    def try_take(self) -> bool:
        """Take it if it is free; True when it is ours."""

    def is_held(self) -> bool:
        """Say whether it is still ours."""

    def release(self) -> None:
        """Give it back."""


class FileLock:
    """flock on a file beside the SQLite database."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def try_take(self) -> bool:
        """Take the lock if it is free."""
        file = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._file = file
        return True

    def is_held(self) -> bool:
        """A file lock is ours as long as we live."""
        return self._file is not None

    def release(self) -> None:
        """Close the file: the lock goes with it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


class AdvisoryLock:
    """pg_try_advisory_lock on a connection kept for this alone."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def try_take(self) -> bool:
        """Take the lock if it is free. Raise SQLAlchemyError when the database is away."""
        connection = self._engine.connect()
        try:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(text(_NOTICE_A_DEAD_HOLDER))
            if connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY_KEY}):
                self._connection = connection
        finally:
            if self._connection is not connection:
                connection.close()
        return self._connection is not None

    def is_held(self) -> bool:
        """The lock lives as long as its connection; once lost it stays lost."""
        if self._connection is None:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            self.release()
        return self._connection is not None

    def release(self) -> None:
        """Close the connection for good: PostgreSQL frees the lock."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def lock_for(engine: Engine, instance: Path) -> Lock:
    """Choose the lock that fits the database. It belongs to the database: two instances may share one."""
    if engine.dialect.name == "postgresql":
        return AdvisoryLock(engine)
    database = Path(engine.url.database or instance / "spd.sqlite").resolve()
    return FileLock(database.with_name(f"{database.name}.jobs.lock"))


def owner_name() -> str:
    """Name this process for the holder's row."""
    return f"{socket.gethostname()}:{os.getpid()}"
