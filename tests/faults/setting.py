"""What one round of the campaign runs on: database, simulator, proxy, settings."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from psycopg import sql
from sqlalchemy import NullPool, create_engine, text

from tests.contract.panda import Simulator
from tests.databases import migrate_database
from tests.faults.cluster import Cluster
from tests.faults.proxy_process import ProxyProcess
from tests.simulator.program import Program

# What the scheduled work is told; all other settings are those of config.py.
WAITS: dict[str, Any] = {
    "PANDA_CONNECT_SECONDS": 2.0,
    "PANDA_COMMAND_SECONDS": 2.0,
    "PANDA_QUERY_SECONDS": 3.0,
    "RECONCILE_ID_WINDOW": 6,
    "SECONDS_TO_UNDO": 0,
    "MAIL_EVERY_SECONDS": 60,
}
# These are shorter than the check of the settings allows: they are set behind its back.
HASTE: dict[str, float] = {
    "DELIVER_EVERY_SECONDS": 0.1,
    "DELIVER_RETRY_SECONDS": 0.3,
    "DELIVER_RETRY_MAX_SECONDS": 0.6,
    "RECONCILE_EVERY_SECONDS": 10.0,
    "REFRESH_EVERY_SECONDS": 4.0,
}
LATE_SECONDS = WAITS["PANDA_COMMAND_SECONDS"] + 1.0


class Lane:
    """What rounds that follow each other share: a simulator, and a database of each round's own."""

    def __init__(self, folder: Path, kind: str) -> None:
        folder.mkdir(parents=True)
        self.folder, self.kind = folder, kind
        self.program = Program(folder / "simulator")
        self.simulator = Simulator(self.program.url)
        self.cluster = Cluster() if kind == "postgresql" else None
        self._template = folder / "template.sqlite"
        if self.cluster is None:
            migrate_database(f"sqlite:///{self._template}")
        else:
            self.cluster.server.execute(sql.SQL("CREATE DATABASE migrated"))
            migrate_database(self.cluster.server.url("migrated"))

    def make_database(self, folder: Path, name: str) -> str:
        """Return the address of a migrated database; SQLite's is in a folder of its own."""
        if self.cluster is None:
            folder.mkdir(exist_ok=True)
            shutil.copyfile(self._template, folder / "spd.sqlite")
            return f"sqlite:///{folder}/spd.sqlite"
        make = sql.SQL("CREATE DATABASE {} TEMPLATE migrated").format(sql.Identifier(name))
        self.cluster.server.execute(make)
        return self.cluster.server.url(name)

    def stop(self) -> None:
        self.simulator._session.close()
        self.program.stop()
        if self.cluster is not None:
            self.cluster.remove()


def settings_for(
    folder: Path, url: str, proxy: ProxyProcess, token: str, *, strict: bool, waits: Mapping[str, Any] = WAITS
) -> dict[str, str]:
    """Return the environment of the scheduled work."""
    (folder / "token").write_text(token)
    told = {**waits, "PANDA_503_MEANS_NOT_SENT": not strict}
    return {
        "SPD_INSTANCE": str(folder / "instance"),
        "SPD_DATABASE_URL": url,
        "SPD_PANDA_URL": proxy.url,
        "SPD_PANDA_CA_BUNDLE": proxy.bundle,
        "SPD_PANDA_TOKEN_FILE": str(folder / "token"),
        **{f"SPD_{name}": json.dumps(value) for name, value in told.items()},
    }


def ask_database(url: str, statement: str, **values: Any) -> list[Any]:
    """Return the rows of one statement, over a connection that does not outlive it."""
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            return list(connection.execute(text(statement), values).fetchall())
    finally:
        engine.dispose()
