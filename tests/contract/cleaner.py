"""Ends what the contract tests have begun on a real server, also when a test failed."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from app.domain.task_state import FINAL_STATUSES
from tests.contract.panda import USER, Panda

BETWEEN_SECONDS = 5
# PanDA keeps one order a task, and a second one takes the place of the first: it would wait anew each time.
ROUNDS_BETWEEN_KILLS = 24


class Cleaner:
    """Remembers the tasks of one run by their ids, and those whose id nobody heard by their names."""

    def __init__(self, panda: Panda, sleep: Callable[[float], object] = time.sleep) -> None:
        self._panda, self._sleep = panda, sleep
        # modificationTime jumps back by hours, so "since we began" would miss tasks that run.
        self._since = datetime.now(UTC) - timedelta(hours=8)
        self.ended: set[int] = set()
        # Task → how many more rounds its kill is waited for.
        self._asked: dict[int, int] = {}

    def left(self) -> set[int]:
        """Return the tasks that are not known to have ended."""
        return set(self._panda.submitted) - self.ended

    def sweep(self, patience_seconds: float) -> set[int]:
        """Kill them until all have ended; return those that did not in this time."""
        limit = time.monotonic() + patience_seconds
        while True:
            self._find_unheard()
            for task_id in self.left():
                self._end(task_id)
            if not self.left() or time.monotonic() > limit:
                return self.left()
            self._sleep(BETWEEN_SECONDS)

    def _end(self, task_id: int) -> None:
        """Ask for an end. A fresh task cannot be killed before JEDI knows it: its turn comes again."""
        if self._panda.status(task_id) in FINAL_STATUSES:
            self.ended.add(task_id)
        elif rounds := self._asked.get(task_id, 0):
            self._asked[task_id] = rounds - 1
        elif self._panda.post("task/kill", task_id=task_id)["data"] == 0:
            self._asked[task_id] = ROUNDS_BETWEEN_KILLS

    def _find_unheard(self) -> None:
        """Find tasks of this run whose submission was answered to nobody."""
        since = self._since.strftime("%Y-%m-%d %H:%M:%S")
        query = {"since": since, "dn": USER, "prod_source_label": "managed"}
        found = self._panda.get("task/get_tasks_modified_since", **query)["data"] or {}
        for text, brief in found.items():
            if (brief.get("taskName") or "").startswith(self._panda.prefix):
                self._panda.kill_later(int(text))
