"""Runs the simulator as a program of its own, on a free loopback port."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import requests

START_SECONDS = 90
ROOT = Path(__file__).parents[2]
FLASK = [sys.executable, "-m", "flask", "--app", "app.panda.simulator", "run", "--port"]
# One worker: tests count on an order of requests.
GUNICORN = [sys.executable, "-m", "gunicorn", "--workers", "1", "--threads", "8", "-b"]


class Program:
    """A running simulator. Its folder outlives it, so that another can go on with the same tasks."""

    def __init__(self, folder: Path, server: str = "gunicorn", time_scale: float = 1) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = (
            [*FLASK, str(port)]
            if server == "flask"
            else [*GUNICORN, f"127.0.0.1:{port}", "app.panda.simulator:create_app()"]
        )
        folder.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {
            "SIMULATOR_FOLDER": str(folder),
            "SIMULATOR_TIME_SCALE": str(time_scale),
            "SIMULATOR_VO": "spd.nica.jinr",
        }
        self._log = folder / "simulator.log"
        # A session of its own: the whole group can be ended, gunicorn's worker too.
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                # gunicorn listens before its worker is ready to answer.
                requests.get(f"{self.url}/api/v1/system/is_alive", timeout=5)
            except requests.RequestException:
                time.sleep(0.05)
            else:
                return
        self.kill()
        raise TimeoutError(self._log.read_text())

    def kill(self) -> None:
        """End it as a power cut would: SIGKILL to all its processes."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        if self._process.poll() is None:
            # Unlike SIGTERM it does not wait for idle connections.
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
