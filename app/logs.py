"""How the lines of the log look: for people, or an object of JSON each for a machine (LOG_FORMAT)."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from app.log_context import known

# Control characters, and what some readers take for the end of a line.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class PlainLines(logging.Formatter):
    """A line for people. Words of PanDA and of people stand in it: they must not write lines of their own."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  logging's name
        """Return the line of a record."""
        return _UNPRINTABLE.sub(_escaped, super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """Return a trace, set in: none of its lines looks like one of ours."""
        return "\n".join(f"    {line}" for line in super().formatException(ei).splitlines())


class JsonLines(logging.Formatter):
    """One object a line: time (UTC), level, logger, message, what log_context knows, and the trace."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **known(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            entry["trace"] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str)  # ASCII: no letter ends a line or hides


def formatter(log_format: str) -> logging.Formatter:
    """Return the formatter of this LOG_FORMAT."""
    return JsonLines() if log_format == "json" else PlainLines()


def configure_logs(log_format: str, level: int) -> None:
    """Have all that is logged in this process go to stderr in this format."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(log_format))
    logging.basicConfig(level=level, handlers=[handler], force=True)


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()
