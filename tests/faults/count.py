"""What a round, or all of them together, came to."""

import re
from collections import Counter
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from tests.contract.panda import Simulator
from tests.faults.setting import ask_database

SETTLED = {("submitted", "accepted"), ("rejected", "rejected"), ("withdrawn", "withdrawn")}
UNDECIDED = {("held", "held")}
COMMANDS = """
    SELECT panda_command.key, panda_command.state, task.state, task.panda_id, task.name
    FROM panda_command JOIN task ON task.id = panda_command.task_id WHERE panda_command.kind = 'submit'
"""
LONGEST_CALL = "SELECT max(milliseconds) FROM panda_call WHERE verb = :verb"
OPEN_CALLS = "SELECT count(*) FROM panda_call WHERE outcome = 'open'"

# Faults before the proxy can read a request, as the log of the scheduled work tells them.
EARLY = {
    "refused": r"nothing was sent: .*Connection refused",
    "dns_failure": r"nothing was sent: .*Name or service not known",
    "tls_handshake": r"nothing was sent: no secure connection",
}
SEND, READ = (
    r"WARNING jobs: command \d+: ",
    r"WARNING jobs: (?:access|refresh|refresh_asked|verify|reconcile): ",
)
# A piece of work that did not try because another had failed just before.
RESTING = "The next try is in"


@dataclass
class Figures:
    """twice, lost, wrong, unsettled and canary hits are to be 0; undecided is shown to a person."""

    queued: int = 0
    sent: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    holders_killed: int = 0
    points: Counter[str] = field(default_factory=Counter)
    exits: Counter[str] = field(default_factory=Counter)
    blows: Counter[str] = field(default_factory=Counter)
    submits_spoiled: Counter[str] = field(default_factory=Counter)
    reads_spoiled: Counter[str] = field(default_factory=Counter)
    twice_alive: int = 0
    two_ids: int = 0
    lost: int = 0
    wrong: int = 0
    unsettled: int = 0
    undecided: int = 0
    pauses: Counter[str] = field(default_factory=Counter)
    canary_hits: int = 0
    longest_command_ms: int = 0
    longest_query_ms: int = 0
    slowest_end: float = 0.0
    slowest_take_over: float = 0.0
    bad_ends: int = 0
    # A line about each task that is not as it should be.
    troubles: list[str] = field(default_factory=list)
    rounds: int = 0
    # Rounds in which the campaign itself failed.
    broken: int = 0

    def add(self, other: "Figures") -> None:
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(other, one.name)
            is_worst = one.name.startswith(("longest", "slowest"))
            setattr(self, one.name, max(mine, theirs) if is_worst else mine + theirs)

    def is_bad(self) -> bool:
        return bool(
            self.twice_alive
            or self.two_ids
            or self.lost
            or self.wrong
            or self.unsettled
            or self.canary_hits
            or self.broken
        )

    @property
    def kinds(self) -> list[str]:
        """The kinds of fault that have really hit a task that was being sent."""
        return sorted(self.submits_spoiled)

    @classmethod
    def read(cls, values: dict[str, Any]) -> "Figures":
        made = cls(**values)
        for one in fields(made):
            if isinstance(getattr(made, one.name), dict):
                setattr(made, one.name, Counter(getattr(made, one.name)))
        return made


def compare_with_panda(figures: Figures, url: str, simulator: Simulator) -> list[str]:
    """Compare what the database knows with what PanDA has; return a line about each wrong task."""
    there = simulator.tasks()
    ids, alive = (
        Counter(one["ticketID"] for one in there),
        Counter(one["ticketID"] for one in there if one["alive"]),
    )
    key_of = {one["id"]: one["ticketID"] for one in there}
    rows = ask_database(url, COMMANDS)
    troubles = []
    for key, command_state, state, panda_id, name in rows:
        wrongs = {
            "twice_alive": alive[key] > 1,
            "two_ids": ids[key] > 1,
            "lost": bool(ids[key]) and panda_id is None,
            "wrong": panda_id is not None and key_of.get(panda_id) != key,
            "unsettled": (state, command_state) not in SETTLED | UNDECIDED,
        }
        for wrong, is_so in wrongs.items():
            setattr(figures, wrong, getattr(figures, wrong) + is_so)
        figures.undecided += (state, command_state) in UNDECIDED
        if any(wrongs.values()):
            troubles.append(
                f"{name}: {[w for w in wrongs if wrongs[w]]} {state} {command_state} {panda_id} {key}"
            )
    strangers = set(ids) - {row[0] for row in rows}
    figures.lost += len(strangers)
    figures.queued, figures.sent = len(rows), sum(1 for row in rows if ids[row[0]])
    return troubles + [f"PanDA has {key}, which we do not know" for key in strangers]


def measure_calls(figures: Figures, url: str) -> None:
    figures.longest_command_ms = ask_database(url, LONGEST_CALL, verb="POST")[0][0] or 0
    figures.longest_query_ms = ask_database(url, LONGEST_CALL, verb="GET")[0][0] or 0


def count_faults(figures: Figures, told: dict[str, Any], folder: Path) -> None:
    """Add up the faults: those the proxy saw, and those before a request, which our logs tell."""
    figures.submits_spoiled.update(told["submits"])
    figures.reads_spoiled.update(told["reads"])
    figures.reads_spoiled.update({"reset_at_once (any call)": told["early"].get("reset_at_once", 0)})
    for log in folder.glob("jobs*/log"):
        lines = [line for line in log.read_text(errors="replace").splitlines() if RESTING not in line]
        for name, words in EARLY.items():
            figures.submits_spoiled[name] += sum(bool(re.match(SEND + ".*" + words, line)) for line in lines)
            figures.reads_spoiled[name] += sum(bool(re.match(READ + ".*" + words, line)) for line in lines)
    figures.submits_spoiled, figures.reads_spoiled = +figures.submits_spoiled, +figures.reads_spoiled
