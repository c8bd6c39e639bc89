"""`make run`: prepare the instance, then run the web server, the scheduled work and the PanDA simulator.

The simulator stays out when the instance's own config.py (or the environment) names another PanDA.
"""

# ruff: noqa: E402  the signal first
import signal

# Before anything is started a Ctrl-C just ends this, during the imports too.
signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
import contextlib
import fcntl
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from supervisor import Supervisor, read_procfile, say

ROOT = Path(__file__).parent.parent
PORTS_TO_TRY = 50
START_SECONDS = 60.0


class CannotRun(Exception):
    """Said in one line, with what to do about it."""


def main() -> int:
    chosen = _arguments()
    instance = Path(chosen.instance).absolute()
    try:
        with _only_one(instance):
            return _run(instance, chosen.port)
    except CannotRun as problem:
        print(problem, file=sys.stderr)
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--instance", default="instance", help="folder of the database, logs and secrets")
    return parser.parse_args()


def _run(instance: Path, port: int) -> int:
    if not _is_free(port):
        message = f"Port {port} is taken. Choose another one: make run PORT={_free_port(port + 1)}"
        raise CannotRun(message)
    os.chdir(ROOT)
    environment = _environment(instance, port)
    commands = read_procfile(ROOT / "Procfile")
    with Supervisor(environment, commands) as supervisor:
        # First the simulator: it gets ready while the database is prepared, and the scheduled work needs it.
        _start_simulator(supervisor, environment, commands.pop("panda"))
        sign_ins = _prepare(environment)
        _wait_for_simulator(supervisor, environment)
        for name, command in commands.items():
            supervisor.start(name, command)
        threading.Thread(target=_greet, args=(port, sign_ins, supervisor), daemon=True).start()
        return supervisor.wait()


def _start_simulator(supervisor: Supervisor, environment: dict[str, str], command: str) -> None:
    if "SIMULATOR_URL" in environment:
        supervisor.start("panda", command)


def _wait_for_simulator(supervisor: Supervisor, environment: dict[str, str]) -> None:
    if "SIMULATOR_URL" in environment:
        _wait_for(f"{environment['SIMULATOR_URL']}/healthz", supervisor)


@contextlib.contextmanager
def _only_one(instance: Path) -> Iterator[None]:
    """Hold the instance's lock: two sets of programs on one folder would do everything twice."""
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (instance / "run.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"{instance} is in use already. Choose another folder: make run INSTANCE=some/folder"
            raise CannotRun(message) from None
        yield


def _environment(instance: Path, port: int) -> dict[str, str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    environment = {"PATH": path, "PYTHONUNBUFFERED": "1", "FLASK_APP": "wsgi", "PORT": str(port)}
    # One process starts faster than two, and its threads serve the people of one small server well.
    environment["WEB_CONCURRENCY"] = os.environ.get("WEB_CONCURRENCY", "1")
    environment["SPD_INSTANCE"] = str(instance)
    own = _own_settings(instance)
    if "SPD_PUBLIC_URL" not in own:
        environment["SPD_PUBLIC_URL"] = f"http://127.0.0.1:{port}"
    if "SPD_PANDA_URL" not in own:
        environment |= _simulator(instance / "simulator", _free_port(port + 1))
    return {**os.environ, **environment}


def _own_settings(instance: Path) -> set[str]:
    """Return what the instance's config.py or the environment settles, as names of environment variables."""
    path = instance / "config.py"
    written = re.findall(r"^([A-Z0-9_]+)\s*[:=]", path.read_text(), re.MULTILINE) if path.exists() else []
    return {f"SPD_{name}" for name in written} | set(os.environ)


def _simulator(folder: Path, port: int) -> dict[str, str]:
    """Return what the simulator and its clients are told."""
    address = f"http://127.0.0.1:{port}"
    return {
        "SIMULATOR_URL": address,
        "SIMULATOR_PORT": str(port),
        "SIMULATOR_FOLDER": str(folder),
        "SPD_PANDA_URL": address,
        "SPD_PANDA_TOKEN_URL": f"{address}/simulator/token",
        "SPD_PANDA_CLIENT_SECRET_FILE": str(folder / "panda_client_secret"),
    }


def _prepare(environment: dict[str, str]) -> str:
    """Run `flask prepare` and return what it says: the demo sign-ins."""
    command = [sys.executable, "-m", "flask", "prepare"]
    # A session of its own: a Ctrl-C now is noticed when it is done.
    done = subprocess.run(  # noqa: S603  our own command
        command, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    if done.returncode:
        message = "The instance could not be prepared; the reason stands above."
        raise CannotRun(message)
    return done.stdout


def _greet(port: int, sign_ins: str, supervisor: Supervisor) -> None:
    """Tell where the service is, once it answers there."""
    address = f"http://127.0.0.1:{port}"
    # The access log leaves this path out.
    if not _wait_for(f"{address}/healthz", supervisor):
        return
    people = [f"  {line}" for line in ("Sign in as", *sign_ins.splitlines())] if sign_ins.strip() else []
    lines = ["", f"  SPD Production Manager: {address}", *people, "  Ctrl-C stops everything.", ""]
    print("\n".join(lines), flush=True)


def _wait_for(address: str, supervisor: Supervisor) -> bool:
    """Wait until a server of ours answers; False when it did not, or everything is being stopped."""
    limit = time.monotonic() + START_SECONDS
    while not _answers(address):
        if supervisor.is_stopping:
            return False
        if time.monotonic() > limit:
            say(f"{address} does not answer; look for the reason above")
            return False
        time.sleep(0.05)
    return True


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=5).close()  # noqa: S310  our own address
    except urllib.error.HTTPError as error:
        error.close()
    except OSError:
        return False
    return True


def _free_port(first: int) -> int:
    """Return the first free port from here on."""
    for port in range(first, first + PORTS_TO_TRY):
        if _is_free(port):
            return port
    message = f"No free port from {first} to {first + PORTS_TO_TRY - 1}."
    raise CannotRun(message)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the servers do it: a port whose last connections are just closing counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


if __name__ == "__main__":
    sys.exit(main())
