"""The simulator's clock: real time, which tests may freeze and put forward."""

import sqlite3
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """The clock inside one transaction; kept in the database, so it survives a restart.

    scale says how many seconds of PanDA's usual pace pass in one second of this clock.
    """

    connection: sqlite3.Connection
    scale: float

    def now(self) -> float:
        """Give seconds since 1970, UTC."""
        frozen_at, ahead = self._row()
        return frozen_at if frozen_at is not None else time.time() + ahead

    def seconds(self, usual: float) -> float:
        """Turn seconds of PanDA's usual pace into seconds of this clock."""
        return usual / self.scale

    def is_frozen(self) -> bool:
        return self._row()[0] is not None

    def freeze(self, at: float | None = None) -> None:
        """Stop the clock, where it stands or at a moment."""
        self._write(self.now() if at is None else at, 0.0)

    def run(self) -> None:
        """Let a frozen clock go on from where it stands."""
        self._write(None, self.now() - time.time())

    def reset(self) -> None:
        """Show real time again."""
        self._write(None, 0.0)

    def advance(self, usual: float) -> None:
        """Put the clock forward by seconds of PanDA's usual pace."""
        frozen_at, ahead = self._row()
        step = self.seconds(usual)
        self._write(None if frozen_at is None else frozen_at + step, ahead + step)

    def _row(self) -> tuple[float | None, float]:
        row = self.connection.execute("SELECT frozen_at, ahead FROM clock").fetchone()
        return row["frozen_at"], row["ahead"]

    def _write(self, frozen_at: float | None, ahead: float) -> None:
        self.connection.execute("UPDATE clock SET frozen_at = ?, ahead = ?", [frozen_at, ahead])
