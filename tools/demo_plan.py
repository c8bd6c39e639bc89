"""What the demo data is made of: believable tasks of several creators, in every state."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

# state shown → how many; together a few hundred
STATES = {
    "done": 150, "finished": 24, "failed": 14, "aborted": 12, "broken": 6, "running": 26, "pending": 8,
    "ready": 5, "scouting": 4, "paused": 5, "exhausted": 7, "throttled": 3, "submitted": 6, "draft": 24,
    "withdrawn": 8, "rejected": 4, "unknown": 2, "held": 2,
}  # fmt: skip

# username → (first name, last name, role); roles and groups, no people
CREATORS = {
    "physicist": ("Demo", "Physicist", "physicist"),
    "manager": ("Demo", "Manager", "manager"),
    "charmonia": ("Charmonia", "Group", "physicist"),
    "open-charm": ("Open Charm", "Group", "physicist"),
    "photons": ("Prompt Photon", "Group", "physicist"),
    "detector": ("Detector", "Group", "physicist"),
}

# description → who makes it
PROCESSES = {
    "minbias": "manager",
    "jpsi-mumu": "charmonia",
    "chic-jpsi-gamma": "charmonia",
    "open-charm": "open-charm",
    "lambdac-pKpi": "open-charm",
    "prompt-photons": "photons",
    "elastic": "physicist",
    "pi0-calibration": "detector",
}

# energy, collision system, how often
BEAMS = (("27", "pp", 6), ("10", "pp", 2), ("13.5", "dd", 2), ("4.5", "pp", 1))
POLARIZATIONS = ("UU", "UU", "LL", "TT", "UT")
DATA_TYPES = ("SIMULATION", "SIMULATION", "SIMULATION", "EVGEN", "RECO")
EVENTS = (100_000, 500_000, 1_000_000, 4_000_000, 10_000_000)
EVENTS_PER_JOB = (1000, 2000, 4000)

WORDS_OF_PANDA = {
    "broken": "failed to refine the task: transPath does not exist on the site",
    "exhausted": "no progress: 38 of 40 scout jobs failed, transformation exit code 139",
    "pending": "no candidate site: JINR_SPD_TEST is in downtime",
    "aborted": "kill by spdprod",
    "failed": "all jobs failed: container image not found on CVMFS",
}


@dataclass(frozen=True)
class PlannedTask:
    """One task of the demo. share_done: part of its jobs that are done; the rest failed if it has ended."""

    state: str
    creator: str
    fields: dict[str, str]
    collision: str
    events: int
    jobs: int
    created_at: datetime
    share_done: float


def plan(now: datetime, seed: int) -> Iterator[PlannedTask]:
    """Return the tasks, oldest first; the same for the same seed."""
    dice = random.Random(seed)  # noqa: S311  believable, not secret
    states = [state for state, number in STATES.items() for _ in range(number)]
    dice.shuffle(states)
    # What still moves was made lately.
    states.sort(key=lambda state: state not in {"done", "finished", "failed", "aborted", "broken"})
    for number, state in enumerate(states):
        created_at = (
            now - timedelta(days=60) * (1 - number / len(states)) + timedelta(minutes=dice.random() * 90)
        )
        yield _one(dice, number, state, min(created_at, now - timedelta(minutes=5)))


def _one(dice: random.Random, number: int, state: str, created_at: datetime) -> PlannedTask:
    process, creator = dice.choice(list(PROCESSES.items()))
    energy, collision, _ = dice.choices(BEAMS, [weight for *_, weight in BEAMS])[0]
    events = dice.choice(EVENTS)
    fields = {
        "year": str(created_at.year),
        "source": "MC",
        "energy": energy,
        "polarization": dice.choice(POLARIZATIONS),
        "description": process,
        "run": str(40 + number // 12),
        "data_type": dice.choice(DATA_TYPES),
        "dataset": f"{collision}{energy.replace('.', 'p')}.{process}.{number:04d}",
        "version": str(dice.choice((1, 1, 1, 2))),
    }
    jobs = max(1, events // dice.choice(EVENTS_PER_JOB))
    return PlannedTask(state, creator, fields, collision, events, jobs, created_at, _share(dice, state))


def _share(dice: random.Random, state: str) -> float:
    if state == "done":
        return 1.0
    if state in {"finished", "running", "throttled", "paused", "exhausted", "aborted"}:
        return dice.uniform(0.05, 0.98)
    return 0.0
