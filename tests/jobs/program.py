"""`python -m jobs` as a process of its own: forked from the tests, where everything is imported already."""

import logging
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from jobs.__main__ import main

PATIENCE_SECONDS = 30


class JobsProgram:
    """A running program of the scheduled work, or of other `work`, with these settings (SPD_…)."""

    def __init__(self, settings: dict[str, str], log: Path, work: Callable[[], int] = main) -> None:
        self.log = log
        log.touch()
        self.code: int | None = None
        self.process_id = os.fork()
        if self.process_id == 0:
            os._exit(_run({"SPD_SECONDS_TO_UNDO": "0"} | settings, log, work))

    def said(self, words: str) -> bool:
        return words in self.log.read_text()

    def wait_until_said(self, words: str) -> float:
        """Return the seconds until the log holds these words."""
        return wait_until(lambda: self.said(words), self.log.read_text)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> float:
        """Ask it to end, wait for that, and return how long it took."""
        began = time.monotonic()
        self._end(signal.SIGTERM)
        return time.monotonic() - began

    def send(self, number: int) -> None:
        os.kill(self.process_id, number)

    def wait(self) -> int:
        """Wait for its end and return the exit code (negative: the signal that ended it)."""
        if self.code is None:
            wait_until(self.has_ended, self.log.read_text)
        return self.code or 0

    def _end(self, number: int) -> None:
        if self.code is None:
            self.send(number)
            self.wait()

    def has_ended(self) -> bool:
        """Say whether it has ended; its exit code is known from then on."""
        if self.code is None:
            process_id, status = os.waitpid(self.process_id, os.WNOHANG)
            if process_id:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code is not None


def wait_until(
    is_so: Callable[[], bool],
    tell: Callable[[], str],
    seconds: float = PATIENCE_SECONDS,
    every_seconds: float = 0.02,
) -> float:
    """Wait until something is so; return how many seconds it took. Ask less often what is dear to answer."""
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > seconds:
            raise TimeoutError(tell())
        time.sleep(every_seconds)
    return time.monotonic() - began


def _run(settings: dict[str, str], log: Path, work: Callable[[], int]) -> int:
    """Do in the child what `python -m jobs` does."""
    output = os.open(log, os.O_WRONLY | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
    logging.getLogger().handlers.clear()
    warnings.simplefilter("default")
    os.environ.update(settings)
    try:
        return work()
    except BaseException:
        logging.exception("the program failed")
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
