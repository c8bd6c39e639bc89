"""Kills at every point of sending, and of the program that follows one which died while it sent."""

import json
from collections.abc import Callable, Iterable
from functools import partial

from jobs.deliver import deliver_next
from jobs.reconcile import reconcile_next
from jobs.verify import verify_next
from jobs.worker import Step
from tests.crash.lab import Lab

SEND: tuple[Step, ...] = (deliver_next, verify_next)
RECOVER: tuple[Step, ...] = (reconcile_next, verify_next)

# Kills at each point; fewer where only the row of a reading call is at stake.
RUNS, RUNS_OF_READING = 10, 1
# So many runs more may miss their point, because another task came first.
MISSES = 5
# After so many runs the lost tasks are looked for in peace: else each run would look for all of them.
TIDY_EVERY = 20

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
        self._runs = 0

    def practise(self) -> None:
        """Do everything once in this process: those that are forked then find all SQL compiled."""
        for fault in ANSWERS:
            self._prepare(fault)
            self.lab.practise(*SEND)
        self.lab.practise(*RECOVER)

    def kill_everywhere(self) -> None:
        """Kill senders, the next program where they left a task at PanDA, and that one until it is enough."""
        to_do: list[str] = []
        for fault in ANSWERS:
            self._tidy_up()
            prepare = partial(self._prepare, fault)
            prepare()
            self._kill(self._plan_for(self.lab.run(*SEND)), SEND, prepare, to_do)
            if not to_do:
                recovering = self._learn_to_recover(IS_ANSWERED)
                to_do += [point for point, number in recovering.items() for _ in range(number)]
        for died_at in (IS_ANSWERED, IS_PREPARED):
            plan = self._learn_to_recover(died_at)
            self._kill(plan, RECOVER, partial(self._die_sending, died_at), [])

    def _learn_to_recover(self, died_at: str) -> Plan:
        self._tidy_up()
        self._die_sending(died_at)
        return self._plan_for(self.lab.run(*RECOVER))

    def _plan_for(self, points: Iterable[str]) -> Plan:
        return {point: times(point) for point in points if self.lab.kills_at(point) < times(point)}

    def _prepare(self, fault: dict | None) -> None:
        self.lab.fault(fault)
        self.lab.have_a_task_queued()

    def _die_sending(self, point: str) -> None:
        """Leave a send to the next program; JEDI has named it, so it is found by its key."""
        self._prepare(None)
        self.lab.run(*SEND, kill_at=point)
        self.lab.simulator.advance(60)

    def _kill(
        self, plan: Plan, steps: tuple[Step, ...], prepare: Callable[[], None], to_do_next: list[str]
    ) -> None:
        self.planned |= plan
        for point, number in plan.items():
            for _ in range(number + MISSES):
                if self.lab.kills_at(point) >= number:
                    break
                self._runs += 1
                if self._runs % TIDY_EVERY == 0:
                    self._tidy_up()
                prepare()
                self.lab.run(*steps, kill_at=point)
                if to_do_next and self.lab.has_lost_one_at_panda():
                    self.lab.run(*RECOVER, kill_at=to_do_next.pop())

    def _tidy_up(self) -> None:
        self.lab.tidy_up()


def times(point: str) -> int:
    """Say how often to kill at a point."""
    is_decisive = "POST" in point or "panda_command" in point or " task" in point
    return RUNS if is_decisive or point in CALL_OF_A_SEND else RUNS_OF_READING
