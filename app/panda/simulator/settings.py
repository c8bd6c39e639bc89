"""Settings of the simulator; it is a program of its own and reads the environment only."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """What one simulator is told at its start.

    folder: keeps the tasks, the token issuer's key and the client's secret.
    time_scale: 1 takes about 30 s from submission to `done` for a small task; 10 is ten times faster.
    vo: the one virtual organisation it knows.
    """

    folder: Path
    time_scale: float
    vo: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """Read SIMULATOR_FOLDER, SIMULATOR_TIME_SCALE and SIMULATOR_VO; raise ValueError on a bad scale."""
        scale = float(environ.get("SIMULATOR_TIME_SCALE", "1"))
        if not scale > 0:
            raise ValueError("SIMULATOR_TIME_SCALE must be above 0")
        return cls(
            folder=Path(environ.get("SIMULATOR_FOLDER", "instance/simulator")).absolute(),
            time_scale=scale,
            vo=environ.get("SIMULATOR_VO", "spd.nica.jinr"),
        )
