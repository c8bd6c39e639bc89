"""The scheduled work in a process that can be killed at any point and whose clock can be changed.

Nothing in the product knows of it. The process is forked from one that has imported everything, then does
what `python -m jobs` does. Its clock is shifted by time-machine, which moves time.time and datetime and
leaves the steady clocks alone, as a changed time of day does. Its application is built before it is forked,
and has done everything once: a new one would spend a second on compiling its SQL.
"""

import os
import re
import signal
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import time_machine
from flask import Flask

import jobs.__main__ as program
from app.extensions import db
from tests.crash.points import Points
from tests.faults.parent import die_with_parent
from tests.faults.proxy_process import TLS_HOST
from tests.jobs.program import JobsProgram

KILLED = "killed at "
HOLDING = re.compile(r"holding the scheduled work, epoch (\d+)")


class Scheduler(JobsProgram):
    """A process of the scheduled work in a folder of its own, with an application that is built already.

    kill_at: the point at which it kills itself. ahead: how far its clock is ahead at the start.
    """

    def __init__(
        self, app: Flask, folder: Path, kill_at: str | None = None, ahead: timedelta = timedelta(0)
    ) -> None:
        folder.mkdir()
        self.folder, self.kill_at = folder, kill_at
        self._points, self._clock = folder / "points", folder / "clock"
        self._points.touch()

        def work() -> int:
            die_with_parent()
            _watch(app, self._points, kill_at)
            _obey_clock(self._clock, ahead)
            _look_up_names(folder.parent / "no-names")
            return program.main()

        super().__init__({}, folder / "log", work)

    def send(self, number: int) -> None:
        """Signal it, unless it has ended meanwhile."""
        if not self.has_ended():
            super().send(number)

    def set_clock(self, change: timedelta) -> None:
        """Change its time of day."""
        self._clock.write_text(str(change.total_seconds()))
        self.send(signal.SIGUSR1)

    @property
    def epoch(self) -> int:
        """The epoch in which it holds the work; 0 while it stands by."""
        found = HOLDING.search(self.log.read_text(errors="replace"))
        return int(found[1]) if found else 0

    @property
    def is_holder(self) -> bool:
        return self.epoch > 0

    def has_sent(self) -> bool:
        return "POST submit" in self._points.read_text()

    def points(self) -> list[str]:
        """Return the points it has reached, once each, without the one that killed it."""
        return [line for line in self._points.read_text().splitlines() if not line.startswith(KILLED)]

    def killed_at(self) -> str | None:
        found = [line for line in self._points.read_text().splitlines() if line.startswith(KILLED)]
        return found[0].removeprefix(KILLED) if found else None


class TellingPoints(Points):
    """Writes each point that is new into a file."""

    def __init__(self, kill_at: str | None, file: Path) -> None:
        self._file = os.open(file, os.O_WRONLY | os.O_APPEND)
        self._known: set[str] = set()
        super().__init__(kill_at, lambda point: self._write(f"{KILLED}{point}"))

    def reach(self, what: str) -> None:
        if what not in self._known:
            self._known.add(what)
            self._write(what)
        super().reach(what)

    def _write(self, line: str) -> None:
        os.write(self._file, f"{line}\n".encode())


def _watch(app: Flask, file: Path, kill_at: str | None) -> None:
    """Hang the points on the application, and have the program use it."""
    with app.app_context():
        TellingPoints(kill_at, file).watch(db.engine)
    program.create_app = lambda: app


def _obey_clock(file: Path, ahead: timedelta) -> None:
    traveller: list[Any] = []

    def move(change: timedelta) -> None:
        if traveller:
            traveller[0].shift(change)
        else:
            start = time_machine.travel(datetime.now(UTC) + change, tick=True)
            traveller.append(start.start())

    if ahead:
        move(ahead)
    signal.signal(signal.SIGUSR1, lambda *_: move(timedelta(seconds=float(file.read_text()))))


def _look_up_names(flag: Path) -> None:
    """Let TLS_HOST be this machine; as long as the flag is there, it is unknown."""
    real: Callable[..., Any] = socket.getaddrinfo

    def look_up(host: Any, *rest: Any, **options: Any) -> Any:
        if host == TLS_HOST and flag.exists():
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real("127.0.0.1" if host == TLS_HOST else host, *rest, **options)

    socket.getaddrinfo = look_up
