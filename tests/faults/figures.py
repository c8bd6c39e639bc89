"""Single figures of the scheduled work, with the waits of config.py: python -m tests.faults.figures

Longest call and end after SIGTERM while PanDA drips its answer; memory that an answer of 1 GB costs; how soon
a stand-by takes over from a killed holder, and how soon tasks are sent when the database is back.
"""

import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.faults.practice import build_app
from tests.faults.proxy_process import ProxyProcess
from tests.faults.setting import HASTE, Lane, ask_database, settings_for
from tests.faults.web import WORKERS, Allowance, WebWorker, prepare
from tests.faults.worker import Scheduler

PATIENCE_SECONDS = 120.0
# Figure: (limit, unit).
LIMITS = {
    "longest command": 60.0,
    "end after SIGTERM": 65.0,
    "memory for 1 GB": 20.0,
    "stand-by takes over": 10.0,
    "sent after the database is back": 10.0,
}


class Figures:
    """One round without chaos on PostgreSQL; each figure is printed as it is measured."""

    def __init__(self, folder: Path) -> None:
        self.lane = Lane(folder / "lane", "postgresql")
        port = int(self.lane.program.url.rpartition(":")[2])
        self.folder, self.proxy = folder, ProxyProcess(folder, port, 1)
        self.lane.simulator.begin()
        self.url = self.lane.make_database(folder, "figures")
        token = self.lane.simulator.token()
        settings = settings_for(folder, self.url, self.proxy, token, strict=False, waits={})
        HASTE.clear()
        self.app, self.web_app, self.allowance = build_app(settings), build_app(settings), Allowance()
        prepare(self.web_app)
        self.web = WebWorker(self.web_app, folder, 0, self.allowance, None)
        self.is_good, self.started = True, 0

    def measure(self) -> None:
        holder = self._start()
        self._measure_memory(holder)
        self._measure_stand_by(holder)
        self._measure_end(self._measure_return_of_database())

    def _measure_memory(self, holder: Scheduler) -> None:
        self._send()
        before = peak_megabytes(holder)
        self._spoil("huge_answer")
        self._say("memory for 1 GB", peak_megabytes(holder) - before, "MB")

    def _measure_stand_by(self, holder: Scheduler) -> None:
        other = self._start(is_alone=False)
        wait_until(lambda: other.said("standing by"))
        began = time.monotonic()
        holder.kill()
        wait_until(lambda: other.is_holder)
        self._say("stand-by takes over", time.monotonic() - began, "s")
        self.holder = other

    def _measure_return_of_database(self) -> Scheduler:
        """The holder loses its lock with the database; its supervisor starts it again, as we do here."""
        self.lane.cluster.stop_at_once()
        wait_until(self.holder.has_ended)
        holder = self._start(is_alone=False)
        time.sleep(3.0)
        self.lane.cluster.start()
        began = time.monotonic()
        wait_until(lambda: holder.is_holder)
        self._send()
        self._say("sent after the database is back", time.monotonic() - began, "s")
        return holder

    def _measure_end(self, holder: Scheduler) -> None:
        self.proxy.tell(only=["dripped_body"], share=1.0)
        self._queue()
        wait_until(lambda: self._count("sending") > 0)
        began = time.monotonic()
        holder.send(signal.SIGTERM)
        wait_until(holder.has_ended)
        self._say("end after SIGTERM", time.monotonic() - began, "s")
        longest = ask_database(self.url, "SELECT max(milliseconds) FROM panda_call")[0][0]
        self._say("longest command", longest / 1000, "s")

    def _start(self, *, is_alone: bool = True) -> Scheduler:
        self.started += 1
        scheduler = Scheduler(self.app, self.folder / f"jobs{self.started}")
        if is_alone:
            wait_until(lambda: scheduler.is_holder)
        return scheduler

    def _queue(self) -> None:
        self.allowance.allow(WORKERS * (self.allowance.queued(0) + 1))

    def _send(self) -> None:
        """Queue a task and wait until PanDA has accepted it."""
        before = self._count("accepted")
        self._queue()
        wait_until(lambda: self._count("accepted") > before)

    def _spoil(self, kind: str) -> None:
        self.proxy.tell(only=[kind], share=1.0)
        self._queue()
        wait_until(lambda: kind in self.proxy.tell()["submits"])
        self.proxy.tell(share=0.0)
        time.sleep(1.0)

    def _count(self, state: str) -> int:
        statement = "SELECT count(*) FROM panda_command WHERE state = :state"
        return int(ask_database(self.url, statement, state=state)[0][0])

    def _say(self, name: str, value: float, unit: str) -> None:
        is_good = value <= LIMITS[name]
        self.is_good = self.is_good and is_good
        print(
            f"{name:34}{value:8.1f} {unit} (at most {LIMITS[name]:g}){'' if is_good else '  TOO MUCH'}",
            flush=True,
        )

    def stop(self) -> None:
        self.web.kill()
        self.proxy.stop()
        self.lane.stop()


def peak_megabytes(scheduler: Scheduler) -> float:
    """Return the most memory the process has ever had."""
    lines = Path(f"/proc/{scheduler.process_id}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def wait_until(is_so: Callable[[], bool]) -> None:
    limit = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > limit:
            raise TimeoutError
        time.sleep(0.02)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="spd-faults-") as folder:
        figures = Figures(Path(folder))
        try:
            figures.measure()
        finally:
            figures.stop()
    return 0 if figures.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
