"""Notice that the time of day was changed."""

import time
from collections.abc import Callable

# A smaller step is the usual correction of a clock, seconds.
JUMP_SECONDS = 5.0


class ClockWatch:
    """Compares the time of day with a clock that does not jump."""

    def __init__(
        self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall = wall
        self._steady = steady
        self._difference = wall() - steady()

    def seconds_jumped(self) -> float:
        """Return by how much the time of day was changed since the last call; 0 for nothing to speak of."""
        difference = self._wall() - self._steady()
        jump, self._difference = difference - self._difference, difference
        return jump if abs(jump) > JUMP_SECONDS else 0.0
