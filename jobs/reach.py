"""Whether a server can be reached, known to all who need it: while it is away, one tries now and then."""

import threading
import time
from collections.abc import Callable

from app.panda.errors import PandaUnavailable


def backoff_seconds(failures: int, first: float, longest: float) -> float:
    """Return the wait after so many failures in a row (1 at least): doubled each time, up to the longest."""
    return min(longest, first * 2.0 ** min(failures - 1, 20))


class Reach:
    """Counts failures to reach a server. The monotonic clock is used, for it does not jump."""

    def __init__(
        self,
        first: float,
        longest: float,
        clock: Callable[[], float] = time.monotonic,
        unavailable: type[Exception] = PandaUnavailable,
    ) -> None:
        self._first = first
        self._longest = longest
        self._clock = clock
        self._unavailable = unavailable
        self._lock = threading.Lock()
        self._failures = 0
        self._failed_at = 0.0
        self._rest_until = 0.0
        self._words = ""

    def is_resting(self) -> bool:
        """Say whether the server was not reached and is to be left alone for now."""
        with self._lock:
            return self._failures > 0 and self._clock() < self._rest_until

    def ask(self) -> None:
        """Raise `unavailable` while the server is left alone; else whoever asks is the one that tries."""
        with self._lock:
            if not self._failures:
                return
            left = self._rest_until - self._clock()
            if left > 0:
                msg = f"{self._words} The next try is in {left:.0f} s."
                raise self._unavailable(msg)
            # The others wait for what comes of this try.
            self._rest_until = self._clock() + self._first

    def failed(self, error: Exception) -> None:
        """Leave the server alone for a while. Calls that fail together count as one failure."""
        with self._lock:
            now = self._clock()
            if not self._failures or now - self._failed_at > self._first / 2:
                self._failures += 1
                self._failed_at = now
            self._words = str(error)
            self._rest_until = now + backoff_seconds(self._failures, self._first, self._longest)

    def answered(self) -> None:
        """The server is there."""
        with self._lock:
            self._failures = 0
