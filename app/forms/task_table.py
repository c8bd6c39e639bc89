"""The form of a table of tasks: a text or a file, and in which format it is."""

import hashlib
import re
from dataclasses import dataclass, field

from app.domain.problem import Problem
from app.domain.task_table import TABLE, Format, clean, guess_format

_BOM = "\ufeff"


@dataclass(frozen=True)
class TableForm:
    """A table as it was sent. text: as it stands in the box again; chosen: None where it is to be found."""

    text: str
    chosen: Format | None
    problems: list[Problem] = field(default_factory=list)

    @property
    def format(self) -> Format:
        """Return how the text is to be read."""
        return self.chosen or guess_format(self.text)

    @property
    def mark(self) -> str:
        """Return a short text that tells this table, read in this way, from any other."""
        return hashlib.sha256(f"{self.format}\n{self.text}".encode()).hexdigest()[:16]


def read_table_form(typed: str, uploaded: bytes, chosen: str, most: int) -> TableForm:
    """Read the form; a file counts more than what stands in the box. most: bytes of the text in UTF-8."""
    problems = []
    text = typed
    if uploaded:
        text = uploaded.decode("utf-8", "replace")
        if not _is_text(uploaded):
            problems.append(Problem(TABLE, "not_text"))
    elif "\0" in typed:
        problems.append(Problem(TABLE, "not_text"))
    # A browser leaves out the first line of a box where it is empty.
    text = clean(re.sub("\r\n?", "\n", text.removeprefix(_BOM))).strip("\n")
    if (size := len(text.encode())) > most:
        problems.append(Problem(TABLE, "too_many_bytes", {"bytes": size, "maximum": most}))
    return TableForm(text, Format(chosen) if chosen in set(Format) else None, problems)


def _is_text(uploaded: bytes) -> bool:
    try:
        return "\0" not in uploaded.decode()
    except UnicodeDecodeError:
        return False
