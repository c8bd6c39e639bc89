"""Feeding the watchdog: only as long as no piece of work is stuck.

The main loop alone would go on feeding it while the work stands still. So each piece of work notes its signs
of life here, and the watchdog gets one only when the last of every work is fresh.
"""

import os
import socket
import threading
import time
from collections.abc import Callable

# A step may wait for the database, a call to PanDA or the mail server, each a minute at most; every call is a
# sign of life of its own. Seconds.
STUCK_SECONDS = 150.0


class Pulse:
    """Who is at work since when, by the clock that does not jump. Safe for all threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._alive_at: dict[str, float] = {}
        self._own = threading.local()

    def begin(self, name: str) -> None:
        """This thread begins a run of this work."""
        self._own.name = name
        self.beat()

    def beat(self) -> None:
        """This thread is alive; one that is at no work says nothing."""
        name = getattr(self._own, "name", None)
        if name is not None:
            with self._lock:
                self._alive_at[name] = self._clock()

    def end(self) -> None:
        """This thread rests."""
        name, self._own.name = getattr(self._own, "name", None), None
        with self._lock:
            self._alive_at.pop(name or "", None)

    def stuck(self) -> list[str]:
        """Return the work that gave no sign of life for STUCK_SECONDS, by name."""
        with self._lock:
            limit = self._clock() - STUCK_SECONDS
            return sorted(name for name, alive_at in self._alive_at.items() if alive_at < limit)


PULSE = Pulse()


def tell_systemd(words: str) -> None:
    """Send a line such as "WATCHDOG=1" to systemd (sd_notify(3)); nothing where it does not run us."""
    path = os.environ.get("NOTIFY_SOCKET")
    if not path:
        return
    address = f"\0{path[1:]}" if path.startswith("@") else path
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        try:
            line.sendto(words.encode(), address)
        except OSError:
            return  # nobody listens any more: a sign of life must not end us
