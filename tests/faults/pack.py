"""The processes of the scheduled work that run at the moment, and how those before them ended."""

import signal
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from flask import Flask

from tests.faults.worker import Scheduler

# Longest wait for the end of one that is told to end, seconds; more than the product promises.
END_SECONDS = 90.0


class Pack:
    """Keeps a number of schedulers running. `kills` counts those that SIGKILL has ended, by the reason."""

    def __init__(self, app: Flask, folder: Path, number: int) -> None:
        self.app, self.folder, self.number = app, folder, number
        self.running: list[Scheduler] = []
        self.kills: Counter[str] = Counter()
        # Kills at each point, and every point that one of the processes has reached.
        self.points: Counter[str] = Counter()
        self.known: set[str] = set()
        # Exit codes of those that ended by themselves, which a lost lock or database makes them do.
        self.exits: Counter[int] = Counter()
        self.holders_killed = 0
        self.slowest_end = 0.0
        self.started = 0

    def fill_up(self, kill_at: str | None = None, ahead: timedelta = timedelta(0)) -> list[Scheduler]:
        """Start what is missing, with these orders, and return those that were started."""
        self.reap()
        return [self.start(kill_at, ahead) for _ in range(self.number - len(self.running))]

    def start(self, kill_at: str | None = None, ahead: timedelta = timedelta(0)) -> Scheduler:
        self.started += 1
        scheduler = Scheduler(self.app, self.folder / f"jobs{self.started}", kill_at, ahead)
        self.running.append(scheduler)
        return scheduler

    def reap(self) -> None:
        """Let go of those that have ended."""
        for scheduler in [one for one in self.running if one.has_ended()]:
            self._note_end(scheduler, "unasked")

    def holder(self) -> Scheduler | None:
        """Return the one that holds the work now: the last that began to."""
        self.reap()
        latest = max(self.running, key=lambda one: one.epoch, default=None)
        return latest if latest and latest.is_holder else None

    def kill(self, scheduler: Scheduler, reason: str) -> None:
        """End it as a power cut would, if it has not ended by then."""
        if scheduler in self.running:
            scheduler.kill()
            self._note_end(scheduler, reason)

    def kill_all(self, reason: str) -> None:
        for scheduler in list(self.running):
            self.kill(scheduler, reason)

    def end(self, scheduler: Scheduler) -> int:
        """Tell it to end, and return its exit code."""
        began = time.monotonic()
        scheduler.send(signal.SIGTERM)
        self.wait_for_end(scheduler, END_SECONDS)
        self.slowest_end = max(self.slowest_end, time.monotonic() - began)
        self.kill(scheduler, "did not end when told")
        return scheduler.code or 0

    def wait_for_end(self, scheduler: Scheduler, seconds: float) -> bool:
        limit = time.monotonic() + seconds
        while not scheduler.has_ended():
            if time.monotonic() > limit:
                return False
            time.sleep(0.02)
        return True

    def wait_for_holder(self, seconds: float) -> Scheduler | None:
        """Return the holder as soon as there is one."""
        limit = time.monotonic() + seconds
        while (found := self.holder()) is None and time.monotonic() < limit:
            time.sleep(0.02)
        return found

    def wait_for_sender(self, seconds: float) -> Scheduler | None:
        """Return the holder when it has begun to send, or after so many seconds whatever it does."""
        holder = self.wait_for_holder(seconds)
        limit = time.monotonic() + seconds
        while holder and not holder.has_sent() and not holder.has_ended() and time.monotonic() < limit:
            time.sleep(0.02)
        return holder

    def _note_end(self, scheduler: Scheduler, reason: str) -> None:
        self.running.remove(scheduler)
        self.known.update(scheduler.points())
        point = scheduler.killed_at()
        if scheduler.code == -signal.SIGKILL:
            self.kills["at a point" if point else reason] += 1
            self.holders_killed += scheduler.is_holder
            if point:
                self.points[point] += 1
        else:
            self.exits[scheduler.code or 0] += 1
