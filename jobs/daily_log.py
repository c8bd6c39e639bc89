"""The sender's daily log file, in the shape the prototype's users know: create_send_YYYY-MM-DD.log."""

import json
from datetime import datetime
from pathlib import Path

from app.services.intent import Intent


def write_send(folder: Path, sending: Intent, now: datetime) -> None:
    """Append the entry of one task that is being sent. `now` is in the zone of the log.

    What an installation does not send (its site, say) is left empty. Raise OSError when the disk refuses.
    """
    folder.mkdir(parents=True, exist_ok=True)
    payload = json.loads(sending.payload)
    lines = [
        f"{now:%Y-%m-%d %H:%M:%S},{now.microsecond // 1000:03d} Sending task named '{sending.sent.name}'",
        f"  dataset name : '{sending.dataset}'",
        f"  event(s) per job : {payload.get('nEventsPerJob', '')}",
        f"  no input flag is : {bool(payload.get('noInput', False))}",
        f"  task creator : {_one_line(sending.creator)}",
        f"  task VO : {payload.get('vo', '')}",
        f"  task priority : {payload.get('taskPriority', '')}",
        f"  architecture : {payload.get('architecture', '')}",
        f"  cloud : {payload.get('cloud', '')}",
        f"  site : {payload.get('site', '')}",
        f"  workingGroup : {payload.get('workingGroup', '')}",
    ]
    with (folder / f"create_send_{now:%Y-%m-%d}.log").open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def _one_line(text: str) -> str:
    """Keep a name from writing lines of its own into the log."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
