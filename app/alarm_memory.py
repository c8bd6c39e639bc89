"""What `flask alarm check` keeps in a file, for the time when the database does not answer."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from app.services.alarms import Recipient

NAME = "alarm.json"


@dataclass(frozen=True)
class Memory:
    """recipients: of the last check that could read them. is_database_told: its alarm was mailed."""

    recipients: tuple[Recipient, ...] = ()
    is_database_told: bool = False

    def with_recipients(self, recipients: Sequence[Recipient]) -> "Memory":
        """Return it with others to be told."""
        return replace(self, recipients=tuple(recipients))


def read_memory(folder: Path) -> Memory:
    """Read the file; nothing is remembered where there is none, or one that was cut off."""
    try:
        kept = json.loads((folder / NAME).read_text())
        recipients = tuple(Recipient(**each) for each in kept["recipients"])
        return Memory(recipients, bool(kept["is_database_told"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Memory()


def write_memory(folder: Path, memory: Memory) -> None:
    """Write the file, whole, for nobody else to read. Raise OSError: the disk may be what is full."""
    draft = folder / f"{NAME}.part"
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
        json.dump(asdict(memory), file)
    draft.replace(folder / NAME)
