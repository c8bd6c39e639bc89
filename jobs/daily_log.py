"""The sender's daily log file, in the shape the prototype's users know: create_send_YYYY-MM-DD.log."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from app.models import Task


def write_send(folder: Path, task: Task, payload: Mapping[str, Any], creator: str, now: datetime) -> None:
    """Append the entry of one task that is being sent. `now` is in the zone of the log.

    What an installation does not send (its site, say) is left empty. Raise OSError when the disk refuses.
    """
    folder.mkdir(parents=True, exist_ok=True)
    dataset = next((field.value for field in task.fields if field.field == "dataset"), "")
    lines = [
        f"{now:%Y-%m-%d %H:%M:%S},{now.microsecond // 1000:03d} Sending task named '{task.name}'",
        f"  dataset name : '{dataset}'",
        f"  event(s) per job : {payload.get('nEventsPerJob', '')}",
        f"  no input flag is : {bool(payload.get('noInput', False))}",
        f"  task creator : {_one_line(creator)}",
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
