"""The side journal: every send stands in a file outside the database before its first byte leaves.

A database that is restored from a backup, or copied, does not know of its last sends; this file does. One
line of JSON an event: what ("sending" or "not sent"), key, name, at, seeds.
"""

import errno
import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from app.services.restored import Sent

SENDING, NOT_SENT = "sending", "not sent"


class JournalUnwritable(Exception):
    """The journal cannot be written: nothing may be sent."""


class SentJournal:
    """One file. It is opened for each line, so that one that was put elsewhere is missed at once."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @staticmethod
    def of(config: Mapping[str, object]) -> "SentJournal":
        """Return the journal that the settings name."""
        return SentJournal(Path(str(config["SENT_JOURNAL"])))

    def __str__(self) -> str:
        return str(self._path)

    def exists(self) -> bool:
        """Say whether there is one. Raise JournalUnwritable where that cannot be told."""
        try:
            return self._path.exists()
        except OSError as error:
            raise self._unwritable(error) from error

    def begin(self) -> None:
        """Make an empty journal. Raise JournalUnwritable."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600))
            _sync_folder(self._path.parent)
        except OSError as error:
            raise self._unwritable(error) from error

    def write(self, what: str, sent: Sent) -> None:
        """Append a line that outlasts a power cut. Raise JournalUnwritable; nothing is then left of it.

        A journal that is gone is not made anew: its absence says at the next start that something is wrong.
        """
        fields = {
            "what": what,
            "key": sent.key,
            "name": sent.name,
            "at": sent.at.isoformat(),
            "seeds": sent.seeds,
            "first_event": sent.first_event,
        }
        self._write(json.dumps(fields, separators=(",", ":")).encode() + b"\n")

    def try_out(self) -> None:
        """Raise JournalUnwritable unless a line could be written now: an empty one is."""
        self._write(b"\n")

    def _write(self, line: bytes) -> None:
        try:
            self._append(line)
        except OSError as error:
            raise self._unwritable(error) from error

    def _append(self, line: bytes) -> None:
        file = os.open(self._path, os.O_RDWR | os.O_APPEND)
        try:
            size = os.fstat(file).st_size
            try:
                # A line that a crash cut off must not swallow the next one.
                is_cut = size > 0 and os.pread(file, 1, size - 1) != b"\n"
                line = b"\n" + line if is_cut else line
                if os.write(file, line) != len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(file)
            except OSError:
                os.ftruncate(file, size)
                raise
        finally:
            os.close(file)

    def sends(self) -> Iterator[Sent]:
        """Return the last event of each key that was sent, if that was "sending". Raise JournalUnwritable."""
        last: dict[str, Sent | None] = {}
        try:
            with self._path.open("rb") as file:
                for line in file:
                    _note(last, line)
        except OSError as error:
            raise self._unwritable(error) from error
        return (sent for sent in last.values() if sent is not None)

    def _unwritable(self, error: OSError) -> JournalUnwritable:
        return JournalUnwritable(
            f"The journal of sends {self._path} cannot be used ({error.strerror}): nothing is sent."
        )


def _note(last: dict[str, Sent | None], line: bytes) -> None:
    """Take up a line; one that is cut off was never followed by a send."""
    try:
        fields = json.loads(line)
        key, seeds = str(fields["key"]), fields["seeds"]
        first_event = fields.get("first_event")  # not in lines of before
        sent = Sent(
            key,
            str(fields["name"]),
            datetime.fromisoformat(fields["at"]),
            (int(seeds[0]), int(seeds[1])) if seeds else None,
            int(first_event) if first_event else None,
        )
        is_sending = fields["what"] == SENDING
    except (ValueError, KeyError, TypeError, IndexError):
        return
    last[key] = sent if is_sending else None


def _sync_folder(path: Path) -> None:
    """Have the name of a new file outlast a power cut."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
