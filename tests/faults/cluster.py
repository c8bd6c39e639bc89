"""A PostgreSQL server that is stopped as by a power cut, and started again.

Unlike that of the other tests it keeps what it has committed: only the disk itself is trusted.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from tests.postgresql import PostgresqlServer, binaries, die_with_parent, wait_until_up

_SETTINGS = ["listen_addresses=", "fsync=off", "synchronous_commit=on", "max_connections=200"]


class Cluster:
    """One server in a new folder. `server` knows its databases."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="spd-faults-pg-"))
        is_root = os.geteuid() == 0
        user = "postgres" if is_root else os.environ.get("USER", "postgres")
        self.server = PostgresqlServer(folder, user)
        self._account = {"user": user, "group": user, "extra_groups": []} if is_root else {}
        if is_root:
            shutil.chown(folder, user, user)
        make = f"{binaries()}/initdb -D {folder}/data -U {user} -A trust -E UTF8 --locale=C.UTF-8 --no-sync"
        subprocess.run(make.split(), check=True, capture_output=True, cwd=folder, **self._account)
        self.start()

    def start(self) -> None:
        folder = self.server.folder
        run = f"{binaries()}/postgres -D {folder}/data -k {folder} -c " + " -c ".join(_SETTINGS)
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                run.split(), stdout=log, stderr=log, cwd=folder, preexec_fn=die_with_parent, **self._account
            )
        wait_until_up(self.server, self._process)

    def stop_at_once(self) -> None:
        """Stop it in the mode `immediate`: every connection breaks, and the next start recovers."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()

    def remove(self) -> None:
        self.stop_at_once()
        shutil.rmtree(self.server.folder)
