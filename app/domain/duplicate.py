"""PanDA's words about a task that it has aborted, because another one has its name."""

import re

# As JEDI's refiner of panda-server 1.0.4 says it: "toabort since there is duplicated task -> jediTaskID=1".
_SURVIVOR = re.compile(r"duplicated task -> jediTaskID=([1-9][0-9]{0,17})\b")


def survivor_of(error_dialog: str | None) -> int | None:
    """Return PanDA's id of the task that was kept; None where the words are about something else."""
    found = _SURVIVOR.search(error_dialog or "")
    return int(found[1]) if found else None
