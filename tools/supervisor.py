"""Run the programs of the Procfile together: one terminal, one Ctrl-C.

Honcho 2.0 was tried and not taken: a Ctrl-C in its first tenth of a second ended in a KeyError (26 of 30
tries) and left the programs running, what has not stopped after five seconds is killed, and it answers 130.
The Procfile suits it all the same.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Self

PR_SET_PDEATHSIG = 1
LOOK_SECONDS = 0.1
# A delivery under way may need this long to write down what PanDA answered.
STOP_SECONDS = 20.0
# Exit code that asks to be started again (EX_TEMPFAIL): the scheduled work has lost its lock.
START_AGAIN = 75


class Supervisor:
    """Starts programs, shows their output line by line, and stops them all when one ends or on a signal."""

    def __init__(self, environment: Mapping[str, str], names: Collection[str]) -> None:
        self._environment = dict(environment)
        self._width = max(len(name) for name in names)
        self._commands: dict[str, str] = {}
        self._programs: dict[str, subprocess.Popen[bytes]] = {}
        self._readers: list[threading.Thread] = []
        self._signals = 0
        self._has_terminal = sys.stdout.isatty()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note_signal)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def is_stopping(self) -> bool:
        """Say whether somebody pressed Ctrl-C or closed the terminal, or a program has ended."""
        # A window that is closed tells only the first program in it, which need not be us.
        is_closed = self._has_terminal and not sys.stdout.isatty()
        return bool(is_closed or self._signals or self._ended())

    def start(self, name: str, command: str) -> None:
        """Start a program: a shell's command line."""
        self._commands[name] = command
        # A session of its own: Ctrl-C in the terminal reaches only the supervisor.
        program = subprocess.Popen(  # noqa: S602  a line of our Procfile is meant for the shell
            command,
            shell=True,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
        self._programs[name] = program
        reader = threading.Thread(target=self._show, args=(name, program))
        reader.start()
        self._readers.append(reader)

    def wait(self) -> int:
        """Wait for a signal (0) or for a program that ends by itself (1); then stop them all."""
        while not self.is_stopping:
            time.sleep(LOOK_SECONDS)
            self._start_again()
        ended = "" if self._signals else self._ended()
        say(f"{ended} ended by itself; stopping the rest." if ended else "Stopping …")
        self.stop()
        say("Stopped.")
        return 1 if ended else 0

    def stop(self) -> None:
        """Ask the programs to end; kill what is left after STOP_SECONDS or a second Ctrl-C."""
        limit = time.monotonic() + STOP_SECONDS
        for program in self._programs.values():
            program.terminate()
        while any(program.poll() is None for program in self._programs.values()):
            if time.monotonic() > limit or self._signals > 1:
                break
            time.sleep(LOOK_SECONDS)
        for program in self._programs.values():
            # The whole group: a killed gunicorn would leave its workers behind.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)
        for reader in self._readers:
            reader.join()

    def _note_signal(self, number: int, frame: FrameType | None) -> None:
        self._signals += 1

    def _show(self, name: str, program: subprocess.Popen[bytes]) -> None:
        for line in program.stdout or ():
            say(line.decode("utf-8", "replace").rstrip(), name.ljust(self._width))

    def _ended(self) -> str:
        codes = {name: program.poll() for name, program in self._programs.items()}
        return ", ".join(name for name, code in codes.items() if code not in {None, START_AGAIN})

    def _start_again(self) -> None:
        for name, program in list(self._programs.items()):
            if program.poll() == START_AGAIN:
                say(f"{name} asked to be started again")
                self.start(name, self._commands[name])


def read_procfile(path: Path) -> dict[str, str]:
    """Return name → command line of each program."""
    lines = (
        line.partition(":") for line in path.read_text().splitlines() if line and not line.startswith("#")
    )
    return {name.strip(): command.strip() for name, _, command in lines}


def say(text: str, source: str = "") -> None:
    """Print one line of the common log."""
    clock = datetime.now().strftime("%H:%M:%S")  # noqa: DTZ005  the reader's own clock
    label = f"{source} | " if source else ""
    # Nobody reads any more (a closed window, `| head`): the programs must not wait for a reader.
    with contextlib.suppress(OSError):
        # One write a line: lines of several programs must not mix.
        sys.stdout.write(f"{clock} {label}{text}\n")
        sys.stdout.flush()


def _die_with_parent() -> None:
    """Have the kernel end this program when the supervisor is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
