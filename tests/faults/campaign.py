"""The fault campaign: python -m tests.faults.campaign --number 300 --seed 1 --database sqlite

Sends tasks while PanDA, the network, the processes, the clock, the disk and the database fail, then compares
what the database says with what PanDA has. Exit code 1 when a task is there twice, lost, under a wrong id, or
neither settled nor shown as undecided.
"""

import argparse
import json
import logging
import os
import shutil
import signal
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import config
from tests.faults.count import Figures
from tests.faults.parent import die_with_parent
from tests.faults.round import KEEP, Round
from tests.faults.setting import HASTE, WAITS, Lane

TASKS_A_ROUND = 120
OF_CONFIG = (
    "RECONCILE_QUIET_MINUTES", "RECONCILE_PASS_MINUTES", "RECONCILE_PASSES", "RECONCILE_NO_CONTROL_MINUTES",
    "RESEND_AUTOMATICALLY",
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--number", type=int, default=300, help="tasks to queue")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--lanes", type=int, default=2, help="rounds at a time")
    parser.add_argument("--minutes", type=float, default=0, help="begin no round after this; 0 for no limit")
    wish = parser.parse_args()
    began = time.monotonic()
    figures = run(wish.number, wish.seed, wish.database, wish.lanes, began + 60 * (wish.minutes or 1e6))
    print(report(figures, time.monotonic() - began), flush=True)
    return int(figures.is_bad() or not figures.queued)


def run(number: int, seed: int, kind: str, lanes: int, until: float = float("inf")) -> Figures:
    """Run all rounds, some at a time, and return what they came to."""
    folder = Path(tempfile.mkdtemp(prefix="spd-faults-"))
    rounds = [(seed * 1000 + place, size) for place, size in enumerate(sizes(number))]
    lanes = min(lanes, len(rounds))
    children = [_fork_lane(folder / f"lane{lane}", kind, rounds[lane::lanes], until) for lane in range(lanes)]
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    total = Figures()
    for result in sorted(folder.glob("lane*/result*.json")):
        total.add(Figures.read(json.loads(result.read_text())))
    if total.rounds + total.broken < len(rounds):
        print(f"{total.rounds} of {len(rounds)} rounds were begun", flush=True)
    if any(codes):
        print(f"a lane broke down: exit codes {codes}", flush=True)
        total.broken += 1
    if total.is_bad() or total.pauses:
        print(f"what is left of the rounds that went wrong: {folder}", flush=True)
    elif KEEP not in os.environ:
        shutil.rmtree(folder)
    return total


def sizes(number: int) -> list[int]:
    """Return how many tasks each round has: as equal as can be."""
    rounds = max(1, -(-number // TASKS_A_ROUND))
    return [number // rounds + (place < number % rounds) for place in range(rounds)]


def _fork_lane(folder: Path, kind: str, rounds: list[tuple[int, int]], until: float) -> int:
    child = os.fork()
    if child:
        return child
    die_with_parent()
    code = 1
    try:
        _run_lane(folder, kind, rounds, until)
        code = 0
    except BaseException:
        logging.exception("a lane broke down")
    finally:
        sys.stdout.flush()
        os._exit(code)


def _run_lane(folder: Path, kind: str, rounds: list[tuple[int, int]], until: float) -> None:
    lane = Lane(folder, kind)
    try:
        for seed, size in rounds:
            if time.monotonic() > until:
                break
            began = time.monotonic()
            try:
                figures = Round(lane, seed, size).run()
            except Exception:
                logging.exception("round %d broke down", seed)
                figures = Figures(broken=1)
            (folder / f"result{seed}.json").write_text(json.dumps(vars(figures)))
            print(line_about(seed, figures, time.monotonic() - began), flush=True)
    finally:
        with suppress(ProcessLookupError):
            lane.stop()


def line_about(seed: int, figures: Figures, seconds: float) -> str:
    return (
        f"round {seed}: {figures.queued} queued, {figures.sent} sent, {figures.kills.total()} kills, "
        f"{figures.submits_spoiled.total()}+{figures.reads_spoiled.total()} faults, twice {figures.two_ids}, "
        f"lost {figures.lost}, wrong id {figures.wrong}, unsettled {figures.unsettled}, "
        f"undecided {figures.undecided}, {seconds:.0f} s"
    )


def report(figures: Figures, seconds: float) -> str:
    waits = ", ".join(f"{name} {value}" for name, value in (WAITS | HASTE).items())
    of_config = ", ".join(f"{name} {getattr(config, name)}" for name in OF_CONFIG)
    lines = {
        "queued": figures.queued,
        "sent": figures.sent,
        "kills": f"{figures.kills.total()} ({figures.holders_killed} of the holder)",
        "": _counts(figures.kills),
        "points": f"{figures.points.total()} kills at {len(figures.points)} points",
        "blows": _counts(figures.blows),
        "exits unasked or told": _counts(figures.exits),
        "faults": f"{len(figures.kinds)} kinds hit a submission, {figures.submits_spoiled.total()} times",
        "  submissions": _counts(figures.submits_spoiled),
        "  other calls": _counts(figures.reads_spoiled),
        "pauses lifted by hand": _counts(figures.pauses) or 0,
        "undecided, shown": figures.undecided,
        "longest command, query": f"{figures.longest_command_ms} ms, {figures.longest_query_ms} ms",
        "slowest end after SIGTERM": f"{figures.slowest_end:.1f} s, {figures.bad_ends} not with 0",
        "slowest stand-by": f"{figures.slowest_take_over:.1f} s after the lock of a frozen holder was cut",
        "connections to a canary": figures.canary_hits,
        "waits": f"{waits}; as in config.py, with the clock put forward in the end: {of_config}",
        "seconds": f"{seconds:.0f}",
        "TWICE": f"{figures.twice_alive} alive at once, {figures.two_ids} with two PanDA ids",
        "LOST": figures.lost,
        "WRONG ID": figures.wrong,
        "UNSETTLED": figures.unsettled,
        "rounds": f"{figures.rounds} whole, {figures.broken} broken down",
    }
    troubles = [f"! {line}\n" for line in figures.troubles[:50]]
    return "".join(troubles) + "\n".join(f"{name:26}{value}" for name, value in lines.items())


def _counts(counter: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counter.items()))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main())
