"""The whole product, started as `make run` does, for a real browser."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
START_SECONDS = 60


@dataclass(frozen=True)
class Product:
    """Where it answers, the demo people's passwords, and the folder of its data."""

    url: str
    passwords: dict[str, str]
    instance: Path


@contextmanager
def running_product(instance: Path, **settings: str) -> Iterator[Product]:
    """Start web server, scheduled work and simulator on free ports; stop them as Ctrl-C would.

    settings: SPD_… of the environment. What the programs say goes into a file beside the instance.
    """
    port = _free_port()
    log = instance.with_suffix(".log")
    # Fast enough for a test, slow enough that its states are seen.
    quick = {"SIMULATOR_TIME_SCALE": "8", "SPD_REFRESH_EVERY_SECONDS": "1", "SPD_SECONDS_TO_UNDO": "0"}
    environment = {**os.environ, **quick, **settings}
    command = [sys.executable, "tools/run.py", "--port", str(port), "--instance", str(instance)]
    with log.open("w") as output:
        program = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_it_answers(url, program, log)
            yield Product(url, _passwords(instance), instance)
        finally:
            program.send_signal(signal.SIGINT)
            program.wait(30)


def _wait_until_it_answers(url: str, program: subprocess.Popen, log: Path) -> None:
    limit = time.monotonic() + START_SECONDS
    while time.monotonic() < limit and program.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/sign-in", timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    message = f"the product did not start:\n{log.read_text()}"
    raise RuntimeError(message)


def _passwords(instance: Path) -> dict[str, str]:
    lines = (instance / "demo-sign-ins.txt").read_text().splitlines()
    return dict(re.split(r"\s+", line.strip(), maxsplit=1) for line in lines)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
