"""Whether a server can be reached, known to all who need it: while it is away, one tries now and then."""

import threading
import time
from collections.abc import Callable

from app.panda.errors import PandaUnavailable

# A server that takes requests and answers none of so many in a row is away too.
SILENCES = 5


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
        self._silences = 0
        self._failed_at = 0.0
        self._rest_until = 0.0
        self._words = ""

    def is_resting(self) -> bool:
        """Say whether the server was not reached and is to be left alone for now."""
        with self._lock:
            return self._failures > 0 and self._clock() < self._rest_until

    def ask(self) -> None:
        """Raise `unavailable` while the server is left alone; else whoever asks is the one that tries."""
        if not self.may_try():
            raise self._unavailable(self.words())

    def words(self) -> str:
        """Say what the last failure was, and when the next try is."""
        return f"{self._words} The next try is in {self.seconds_left():.0f} s."

    def may_try(self) -> bool:
        """Say whether the server may be asked now; while it is away only one of many may, now and then."""
        with self._lock:
            if not self._failures:
                return True
            if self._clock() < self._rest_until:
                return False
            # The others wait for what comes of this try.
            self._rest_until = self._clock() + self._longest
            return True

    def is_away(self) -> bool:
        """Say whether the last tries failed."""
        with self._lock:
            return self._failures > 0

    def seconds_left(self) -> float:
        """Return how long the server is still left alone, seconds."""
        with self._lock:
            return max(0.0, self._rest_until - self._clock()) if self._failures else 0.0

    def failed(self, error: Exception) -> None:
        """Leave the server alone for a while. Calls that fail together count as one failure."""
        with self._lock:
            now = self._clock()
            if not self._failures or now - self._failed_at > self._first / 2:
                self._failures += 1
                self._failed_at = now
            self._words = str(error)
            self._rest_until = now + backoff_seconds(self._failures, self._first, self._longest)

    def unanswered(self, error: Exception) -> bool:
        """Note a request that was sent and got no answer: several in a row count as a failure. True if so."""
        with self._lock:
            self._silences += 1
            is_away = self._silences >= SILENCES or self._failures > 0
        if is_away:
            self.failed(error)
        return is_away

    def answered(self) -> bool:
        """The server is there. True if it was taken for away."""
        with self._lock:
            was_away = self._failures > 0
            self._failures = self._silences = 0
            return was_away
