"""Kills at every point of sending, and of the program that follows one which died while it sent."""

import json
import re
from collections.abc import Callable, Iterable
from functools import partial

from jobs.deliver import deliver_next
from jobs.reconcile import reconcile_next
from jobs.verify import verify_next
from jobs.worker import Step
from tests.crash.lab import Lab

SEND: tuple[Step, ...] = (deliver_next, verify_next)
RECOVER: tuple[Step, ...] = (reconcile_next, verify_next)

# Kills at each point that decides, and at one that is the same once more or about a reading call alone.
RUNS, ONCE = 10, 1
# So many runs more may miss their point, because another task came first.
MISSES = 5
# When several tasks wait, the next one's intent is written down while one is under way.
SEVERAL = 3
ONCE_MORE = re.compile(r" \(\d+\)$")

REFUSAL = json.dumps({"success": False, "message": "Type error: no", "data": None})
SAYS = {"kind": "answer", "method": "task/submit", "content_type": "text/plain"}
# PanDA accepts, does not answer, does not look at it, refuses.
ANSWERS: list[dict | None] = [
    None,
    {"kind": "drop", "method": "task/submit", "moment": "after"},
    SAYS | {"status": 503, "body": "overloaded"},
    SAYS | {"status": 200, "body": REFUSAL},
]
IS_PREPARED, IS_ANSWERED = "before the head of POST submit", "POST submit is answered"
CALL_OF_A_SEND = {f"{when} the commit of installation panda_call:ok" for when in ("before", "after")}

Plan = dict[str, int]


class Killer:
    """Plans the kills after what it sees, and carries them out."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.planned: Plan = {}

    def practise(self) -> None:
        """Do everything once in this process: those that are forked then find all SQL compiled."""
        for fault in ANSWERS:
            self._prepare(fault)
            self.lab.practise(*SEND)
        self.lab.practise(*RECOVER)

    def kill_everywhere(self) -> None:
        """Kill senders, then the programs that look for what a killed sender has left."""
        for fault in ANSWERS:
            self._kill_senders(partial(self._prepare, fault))
        self._kill_senders(partial(self._prepare, None, SEVERAL))
        for died_at in (IS_ANSWERED, IS_PREPARED):
            self.lab.tidy_up()
            prepare = partial(self._die_sending, died_at)
            prepare()
            self._kill(self._plan_for(self.lab.run(*RECOVER)), RECOVER, prepare)

    def _kill_senders(self, prepare: Callable[[], None]) -> None:
        self.lab.fault(None)
        self.lab.practise(*SEND)  # what those before have left
        prepare()
        self._kill(self._plan_for(self.lab.run(*SEND)), SEND, prepare)

    def _plan_for(self, points: Iterable[str]) -> Plan:
        wanted = {point: RUNS if decides(point) else ONCE for point in points}
        return {point: number for point, number in wanted.items() if self.lab.kills_at(point) < number}

    def _prepare(self, fault: dict | None, queued: int = 1) -> None:
        self.lab.fault(fault)
        self.lab.have_tasks_queued(queued)

    def _die_sending(self, point: str) -> None:
        """Leave a send to the next program; JEDI has named it, so it is found by its key."""
        self._prepare(None)
        self.lab.run(*SEND, kill_at=point)
        self.lab.simulator.advance(60)

    def _kill(self, plan: Plan, steps: tuple[Step, ...], prepare: Callable[[], None]) -> None:
        self.planned |= plan
        for point, number in plan.items():
            for _ in range(number + MISSES):
                if self.lab.kills_at(point) >= number:
                    break
                prepare()
                self.lab.run(*steps, kill_at=point)


def decides(point: str) -> bool:
    """Say whether what becomes of a send is decided there."""
    is_decisive = "POST" in point or "panda_command" in point or " task" in point or point in CALL_OF_A_SEND
    return is_decisive and not ONCE_MORE.search(point)
