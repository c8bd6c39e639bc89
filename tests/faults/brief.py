"""A round that takes seconds: every kind of fault hits one submission, and between them processes die."""

from tests.faults.kinds import KINDS
from tests.faults.round import Round
from tests.faults.setting import WAITS

# Each kind is waited for this long, seconds.
PATIENCE_SECONDS = 10.0
TRIES = 4
KINDS_A_KILL = 5


class BriefRound(Round):
    """The number of tasks follows from that of the kinds."""

    waits = WAITS | {"PANDA_CONNECT_SECONDS": 1.0, "PANDA_COMMAND_SECONDS": 1.0, "PANDA_QUERY_SECONDS": 1.5}

    def _be_hard(self) -> None:
        self.pack.number = 1
        kinds = [name for name, kind in KINDS.items() if self.strict or not kind.strict_only]
        for place, name in enumerate(kinds):
            self._have_one_hit(name)
            if place % KINDS_A_KILL == KINDS_A_KILL - 1:
                self.chaos.kill_at_random() if place % 2 else self.chaos.kill_at_a_point()
        self._have_one_refused()
        self.number = self.allowance.total()

    def _have_one_hit(self, name: str) -> None:
        """Queue a task and wait until this kind has hit a submission."""
        self.proxy.tell(only=[name], share=1.0)
        for _ in range(TRIES):  # a task may be withdrawn before it is sent
            self._queue_one()
            if self._wait(lambda: name in self.proxy.tell()["submits"], PATIENCE_SECONDS / TRIES):
                break

    def _have_one_refused(self) -> None:
        self.proxy.tell(only=[], share=0.0)
        self._wait_for_peace()
        self._queue_one()
        self.chaos.refuse_connections()

    def _wait_for_peace(self) -> None:
        self._wait(lambda: not self._has_open(), PATIENCE_SECONDS)

    def _queue_one(self) -> None:
        self.pack.fill_up()
        self.allowance.allow(self.allowance.total() + 1)
