"""A PostgreSQL server of the tests' own: made, started, stopped and removed here."""

import ctypes
import getpass
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from tests.used_tables import empty_tables

PR_SET_PDEATHSIG = 1
START_SECONDS = 30

# A test database may be lost, so it need not reach the disk. Nobody tidies it up at a moment of his own.
_SETTINGS = [
    "listen_addresses=",
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "autovacuum=off",
]

_THROW_OUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_IS_MIGRATED = "SELECT to_regclass('public.alembic_version') IS NOT NULL"
_REVISIONS = "SELECT version_num FROM alembic_version"


@dataclass(frozen=True)
class PostgresqlServer:
    """A running server, reached by a socket in its folder only."""

    folder: Path
    user: str

    def url(self, database: str) -> str:
        """Return the database's address as our settings want it."""
        return f"postgresql+psycopg://{self.user}@/{database}?host={self.folder}"

    def execute(self, statement: sql.Composable) -> None:
        """Run one statement outside a transaction, as CREATE DATABASE demands."""
        with self._connect("postgres") as connection:
            connection.execute(statement)

    def make_empty(self, database: str, revision: str | None) -> bool:
        """Delete all rows and begin counting anew; False when it is not (only) at this revision.

        Who is still connected is thrown out first: a lock left behind would hold us up.
        """
        with self._connect(database) as connection:
            connection.execute(_THROW_OUT)
            if not connection.execute(_IS_MIGRATED).fetchone()[0]:
                return False
            if connection.execute(_REVISIONS).fetchall() != [(revision,)]:
                return False
            try:
                with connection.transaction():
                    empty_tables(connection.cursor())
            except psycopg.errors.UndefinedTable:  # a test has dropped it
                return False
        return True

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(f"host={self.folder} user={self.user} dbname={database}", autocommit=True)


def in_memory() -> Path | None:
    """Return a folder that is kept in memory and has room enough, or None: writing to a disk takes longer."""
    memory = Path("/dev/shm")
    has_room = memory.is_dir() and shutil.disk_usage(memory).free > 2 << 30
    return memory if has_room else None


@contextmanager
def postgresql_server(*, safe: bool = False) -> Iterator[PostgresqlServer]:
    """Start a server in a new folder; stop it and remove the folder at the end. safe: as in real life.

    PostgreSQL refuses to run as root, so root starts it as the user postgres.
    """
    is_root = os.geteuid() == 0
    folder = Path(tempfile.mkdtemp(prefix="spd-pg-", dir=None if safe else in_memory()))
    server = PostgresqlServer(folder, "postgres" if is_root else getpass.getuser())
    account = {"user": server.user, "group": server.user, "extra_groups": []} if is_root else {}
    try:
        if is_root:
            shutil.chown(server.folder, server.user, server.user)
        with _running(server, account, _SETTINGS[:1] if safe else _SETTINGS):
            yield server
    finally:
        shutil.rmtree(server.folder)


@contextmanager
def _running(server: PostgresqlServer, account: dict, settings: list[str]) -> Iterator[None]:
    programs = binaries()
    data = server.folder / "data"
    make = f"{programs}/initdb -D {data} -U {server.user} -A trust -E UTF8 --locale=C.UTF-8 --no-sync"
    subprocess.run(make.split(), check=True, capture_output=True, cwd=server.folder, **account)
    run = f"{programs}/postgres -D {data} -k {server.folder} -c " + " -c ".join(settings)
    with (server.folder / "log").open("wb") as log:
        process = subprocess.Popen(
            run.split(), stdout=log, stderr=log, cwd=server.folder, preexec_fn=die_with_parent, **account
        )
    try:
        wait_until_up(server, process)
        yield
    finally:
        process.send_signal(signal.SIGQUIT)  # at once: nothing is worth keeping
        process.wait()


def binaries() -> Path:
    """Return the folder of the newest PostgreSQL: Debian keeps initdb and postgres off the PATH."""
    on_path = shutil.which("initdb")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not found and not on_path:
        raise FileNotFoundError("PostgreSQL is not installed; run: apt-get install postgresql")
    return found[-1] if found else Path(str(on_path)).parent


def die_with_parent() -> None:
    """Have the kernel end the server when the tests are killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def wait_until_up(server: PostgresqlServer, process: subprocess.Popen) -> None:
    limit = time.monotonic() + START_SECONDS
    while True:
        try:
            return server.execute(sql.SQL("SELECT 1"))
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > limit:
                message = f"PostgreSQL did not start:\n{(server.folder / 'log').read_text()}"
                raise RuntimeError(message) from error
            time.sleep(0.05)
