"""One round of the campaign: a hundred tasks on a database of their own, all kinds of trouble, then peace."""

import os
import random
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

import config
from tests.faults.chaos import Chaos
from tests.faults.count import Figures, compare_with_panda, count_faults, measure_calls
from tests.faults.pack import Pack
from tests.faults.practice import build_app, practise
from tests.faults.proxy_process import ProxyProcess
from tests.faults.setting import LATE_SECONDS, WAITS, Lane, ask_database, settings_for
from tests.faults.small_disk import SmallDisk
from tests.faults.web import WORKERS, Allowance, WebWorker, prepare

TASKS_A_TURN = 6
# Set in the environment, it keeps the folders of all rounds.
KEEP = "FAULTS_KEEP"
# Shares of the requests that are spoiled.
SHARE, SHARE_OF_READS = 0.35, 0.05
# The clock is put forward by this in peace, again and again: longer than any wait of reconcile.
PRACTICE = ([], ["cut_after_commit"], ["cut_before_commit"], ["http_503_before"])
STEP, STEPS = timedelta(hours=3), 5
LONGEST_WAIT = 2 * timedelta(minutes=config.RECONCILE_PASS_MINUTES)
# PanDA's clock is put forward in each round, and never back.
TOKEN_SECONDS = 365 * 86_400
SETTLE_SECONDS = 90.0
WORK_OFF_SECONDS = 90.0
READY = "SELECT count(*) FROM panda_command WHERE state = 'ready'"
OPEN = "SELECT count(*) FROM panda_command WHERE state IN ('ready', 'sending')"
UNSEEN = "SELECT count(*) FROM task WHERE state = 'submitted' AND panda_status IS NULL"
UNKNOWN = "SELECT count(*) FROM panda_command WHERE state IN ('ready', 'sending', 'unknown')"
# A moment that is further away than any wait was written by a clock that ran ahead: it is due too.
LOOKED_AT = """
    SELECT count(*) FROM panda_command WHERE state = 'unknown' AND (next_at <= :now OR next_at > :far)
"""
PAUSE = "SELECT paused_for, paused_words FROM installation"


class Round:
    """A seed decides how many schedulers there are, and whether PanDA speaks TLS or is believed at a 503."""

    waits: Mapping[str, Any] = WAITS

    def __init__(self, lane: Lane, seed: int, number: int) -> None:
        self.lane, self.number = lane, number
        self.rng = random.Random(seed)
        self.folder = lane.folder / f"round{seed}"
        self.folder.mkdir()
        self.strict = strict = self.rng.random() < 0.25
        tls = self.rng.random() < 0.3
        port = int(lane.program.url.rpartition(":")[2])
        self.proxy = ProxyProcess(self.folder, port, seed, strict=strict, tls=tls, late_seconds=LATE_SECONDS)
        self.disk = self._make_disk()
        self.url = lane.make_database(
            self.disk.folder if self.disk else self.folder / "database", f"round{seed}"
        )
        lane.simulator.begin()
        token = lane.simulator.token(lifetime_seconds=TOKEN_SECONDS)
        settings = settings_for(self.folder, self.url, self.proxy, token, strict=strict, waits=self.waits)
        app = build_app(settings)
        # The web has another PanDA: nobody is to call there.
        self.web_app = build_app(settings | {"SPD_PANDA_URL": f"http://127.0.0.1:{self.proxy.canary}"})
        prepare(self.web_app)
        self.pack = Pack(app, self.folder, self.rng.choice((1, 2, 8)))
        self.chaos = Chaos(self.pack, self.url, self.rng, self.proxy, lane.cluster, self.disk)
        self.allowance = Allowance()
        self.web = [self._start_web_worker(worker) for worker in range(WORKERS)]
        self.figures = Figures(rounds=1)
        self._practise(app)

    def _practise(self, app: Flask) -> None:
        """Send the first tasks from here: what is forked later finds all SQL compiled."""
        for kinds in PRACTICE:
            self.allowance.allow(self.allowance.total() + 1)
            self._wait(self.allowance.is_used_up, 60.0)
            self.proxy.tell(only=kinds, share=float(bool(kinds)))
            practise(app)
        self.proxy.tell(only=[], share=0)

    def _make_disk(self) -> SmallDisk | None:
        if self.lane.cluster is not None:
            return None
        disk = SmallDisk(self.folder / "disk")
        return disk if disk.is_mounted else None

    def _start_web_worker(self, worker: int) -> WebWorker:
        return WebWorker(self.web_app, self.folder, worker, self.allowance, self.rng.randrange(1 << 30))

    def run(self) -> Figures:
        try:
            for phase in (self._be_hard, self._work_off, self._make_peace, self._settle, self._count):
                self._note(phase.__name__)
                phase()
            self._note("end")
        finally:
            self._clean_up()
        return self.figures

    def _note(self, what: str) -> None:
        """Write the course of the round down, for whoever looks into its folder."""
        with (self.folder / "course").open("a") as course:
            course.write(f"{datetime.now(UTC):%H:%M:%S.%f} {what}\n")

    def _be_hard(self) -> None:
        """Hit, turn by turn; with each turn some more tasks may be queued."""
        self.proxy.tell(share=SHARE, share_of_reads=SHARE_OF_READS)
        for turn in range(-(-self.number // TASKS_A_TURN)):
            self.allowance.allow(min(self.number, len(PRACTICE) + (turn + 1) * TASKS_A_TURN))
            self._note(f"turn {turn}: {self.chaos.strike()}")
            self._see_to_the_web()
            self._lift_pause()
            if self.rng.random() < 0.3:  # until then JEDI does not name what was sent
                self.lane.simulator.advance(15)

    def _work_off(self) -> None:
        """Let the pack send what is queued; only the network is bad."""
        self.pack.fill_up()
        limit = time.monotonic() + WORK_OFF_SECONDS
        while ask_database(self.url, READY)[0][0] and time.monotonic() < limit:
            time.sleep(0.5)
            self.pack.fill_up()
            self._lift_pause()

    def _see_to_the_web(self) -> None:
        """Kill one of the web's workers now and then; one that ended is started again."""
        for place, worker in enumerate(self.web):
            if self.rng.random() < 0.02:
                worker.kill()
                self.pack.kills["web worker"] += 1
            if worker.has_ended():
                self.web[place] = self._start_web_worker(worker.number)

    def _lift_pause(self) -> None:
        """Do what a manager does who has read why delivery pauses; it is counted."""
        with suppress(SQLAlchemyError):
            reason, words = ask_database(self.url, PAUSE)[0]
            if reason in {"found_twice", "read_back", "foreign_database"}:
                self.figures.pauses[f"{reason}: {words}"] += 1
                ask_database(self.url, "UPDATE installation SET paused_for = NULL RETURNING id")

    def _make_peace(self) -> None:
        """Nothing is hit any more. More is queued: the last lost task needs a later one to compare."""
        self.proxy.drain()
        self._wait(self.allowance.is_used_up, 60.0)
        self.pack.kill_all("at the end")
        self.pack.number = 1
        self._run_quietly(timedelta(0))
        self.allowance.allow(self.number + WORKERS)
        self._wait(self.allowance.is_used_up, 60.0)

    def _settle(self) -> None:
        for step in range(STEPS + 1):
            self._lift_pause()
            self._run_quietly(step * STEP)
            self._note(f"settled for {step * STEP}")
            if not ask_database(self.url, UNKNOWN)[0][0]:
                break

    def _run_quietly(self, ahead: timedelta) -> None:
        """Let one process work until it has looked at everything that is due, and tell it to end."""
        self.lane.simulator.advance(60)
        scheduler = self.pack.start(ahead=ahead)
        self._wait(lambda: self._is_idle(ahead), SETTLE_SECONDS)
        time.sleep(0.5)
        if self.pack.end(scheduler) != 0:
            self.figures.bad_ends += 1

    def _is_idle(self, ahead: timedelta) -> bool:
        holder = self.pack.holder()
        if holder is None or self._has_open():
            return False
        if ask_database(self.url, UNSEEN)[0][0]:
            self.lane.simulator.advance(5)
            return False
        # At its usual pace it looks for a fresh one again and again.
        moments = {"now": self._moment(ahead), "far": self._moment(ahead + LONGEST_WAIT)}
        return not ahead or not ask_database(self.url, LOOKED_AT, **moments)[0][0]

    def _has_open(self) -> bool:
        return bool(ask_database(self.url, OPEN)[0][0])

    def _moment(self, ahead: timedelta) -> object:
        """Return the moment on the shifted clock, as the database compares it."""
        now = datetime.now(UTC) + ahead
        return now if self.lane.cluster else now.strftime("%Y-%m-%d %H:%M:%S.%f")

    @staticmethod
    def _wait(is_so: Callable[[], bool], seconds: float) -> bool:
        limit = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > limit:
                return False
            time.sleep(0.1)
        return True

    def _count(self) -> None:
        figures, pack = self.figures, self.pack
        figures.troubles = compare_with_panda(figures, self.url, self.lane.simulator)
        measure_calls(figures, self.url)
        count_faults(figures, self.proxy.tell(), self.folder)
        figures.canary_hits = self.proxy.tell()["canary_hits"]
        figures.kills, figures.points, figures.holders_killed = pack.kills, pack.points, pack.holders_killed
        figures.exits.update({str(code): number for code, number in pack.exits.items()})
        figures.blows, figures.slowest_end = self.chaos.blows, pack.slowest_end
        figures.slowest_take_over = self.chaos.slowest_take_over
        figures.blows["system calls made to fail"] = self.chaos.injected

    def _clean_up(self) -> None:
        """Keep the folder of a round only if something went wrong."""
        self.pack.kill_all("at the end")
        for worker in self.web:
            worker.kill()
        self.proxy.stop()
        if self.disk and not self.figures.is_bad():
            self.disk.unmount()
        if self.is_to_be_forgotten():
            shutil.rmtree(self.folder)

    def is_to_be_forgotten(self) -> bool:
        is_good = self.figures.queued and not self.figures.is_bad() and not self.figures.pauses
        return bool(is_good) and KEEP not in os.environ
