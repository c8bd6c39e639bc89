"""`make run`: prepare the instance, then run the web server, the scheduled work and the PanDA simulator.

The simulator stays out when config.py, the instance's own config.py or the environment names another PanDA.
"""

# ruff: noqa: E402  the signal first
import signal

# Before anything is started a Ctrl-C just ends this, during the imports too.
signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
import contextlib
import fcntl
import os
import shlex
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from own_settings import CannotRun, own_settings
from supervisor import Supervisor, read_procfile, say

ROOT = Path(__file__).parent.parent
DEFAULT_PORT, LAST_PORT = 8080, 65535
DEFAULT_INSTANCE = "instance"
PORTS_TO_TRY = 50
START_SECONDS = 60.0


def main() -> int:
    # The database, the logs and the secrets are for nobody else; the programs started here inherit this.
    os.umask(0o077)
    chosen = _arguments()
    try:
        port = _port_number(chosen.port)
        with _only_one(chosen.instance, port):
            return _run(chosen.instance, port)
    except CannotRun as problem:
        print(problem, file=sys.stderr)
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", default=str(DEFAULT_PORT))
    parser.add_argument(
        "--instance", default=DEFAULT_INSTANCE, help="folder of the database, logs and secrets"
    )
    return parser.parse_args()


def _port_number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:6]) <= LAST_PORT):
        message = f"PORT must be a number from 1 to {LAST_PORT}, as in: make run PORT={DEFAULT_PORT}"
        raise CannotRun(message)
    return int(text)


def _make_run(instance: str, port: int) -> str:
    """Return what to type for these."""
    words = ["make run"]
    words += [f"PORT={port}"] if port != DEFAULT_PORT else []
    words += [shlex.quote(f"INSTANCE={instance}")] if instance != DEFAULT_INSTANCE else []
    return " ".join(words)


def _run(instance: str, port: int) -> int:
    if not _is_free(port):
        message = f"Port {port} is taken. Choose another one: {_make_run(instance, _free_port(port + 1))}"
        raise CannotRun(message)
    folder = Path(instance).absolute()
    os.chdir(ROOT)
    environment = _environment(folder, port)
    commands = read_procfile(ROOT / "Procfile")
    _forget_figures(folder / "metrics")
    with Supervisor(environment, commands) as supervisor:
        # First the simulator: it gets ready while the database is prepared, and the scheduled work needs it.
        _start_simulator(supervisor, environment, commands.pop("panda"))
        sign_ins = _prepare(environment)
        _wait_for_simulator(supervisor, environment)
        for name, command in commands.items():
            supervisor.start(name, command)
        threading.Thread(target=_greet, args=(environment, sign_ins, supervisor), daemon=True).start()
        code = supervisor.wait()
    if code:
        say(f"Look for the reason above; start it again with: {_make_run(instance, port)}")
    return code


def _forget_figures(folder: Path) -> None:
    """Begin to count anew: what was left are the files of processes that are gone."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for path in folder.glob("*.db"):
        path.unlink(missing_ok=True)


def _start_simulator(supervisor: Supervisor, environment: dict[str, str], command: str) -> None:
    if "SIMULATOR_URL" in environment:
        supervisor.start("panda", command)


def _wait_for_simulator(supervisor: Supervisor, environment: dict[str, str]) -> None:
    if "SIMULATOR_URL" in environment:
        _wait_for(f"{environment['SIMULATOR_URL']}/healthz", supervisor)


@contextlib.contextmanager
def _only_one(instance: str, port: int) -> Iterator[None]:
    """Hold the instance's lock: two sets of programs on one folder would do everything twice."""
    folder = Path(instance).absolute()
    try:
        _make_private(folder)
        lock = (folder / "run.lock").open("a")
    except OSError as error:
        mend = _make_run("some/folder", port)
        message = f"{folder} cannot be used ({error.strerror}). Choose another folder: {mend}"
        raise CannotRun(message) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            mend = _make_run("some/folder", port)
            message = f"{folder} is in use already. Choose another folder: {mend}"
            raise CannotRun(message) from None
        yield


def _make_private(folder: Path) -> None:
    """Make the folder, or close one that is ours to all others; what is not (/tmp) stays as it is."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = {path.name for path in folder.iterdir()}
    is_ours = "run.lock" in names or names <= {"config.py"}
    if is_ours and folder.stat().st_uid == os.getuid():
        folder.chmod(0o700)


def _environment(instance: Path, port: int) -> dict[str, str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    environment = {"PATH": path, "PYTHONUNBUFFERED": "1", "FLASK_APP": "wsgi", "PORT": str(port)}
    # One process starts faster than two, and its threads serve the people of one small server well.
    environment["WEB_CONCURRENCY"] = os.environ.get("WEB_CONCURRENCY", "1")
    environment["SPD_INSTANCE"] = str(instance)
    environment["PROMETHEUS_MULTIPROC_DIR"] = str(instance / "metrics")
    own = own_settings(ROOT, instance, os.environ)
    if "PUBLIC_URL" not in own:
        environment["SPD_PUBLIC_URL"] = f"http://127.0.0.1:{port}"
    if "PANDA_URL" in own:
        environment["SPD_PANDA_URL"] = own["PANDA_URL"]
    else:
        environment |= _simulator(instance / "simulator", _free_port(port + 1))
    return {**os.environ, **environment}


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


def _greet(environment: Mapping[str, str], sign_ins: str, supervisor: Supervisor) -> None:
    """Tell where the service is, once it answers there, and which PanDA it sends to."""
    address = f"http://127.0.0.1:{environment['PORT']}"
    panda = "the simulator" if "SIMULATOR_URL" in environment else environment["SPD_PANDA_URL"]
    # The access log leaves this path out.
    if not _wait_for(f"{address}/livez", supervisor):
        return
    people = [f"  {line}" for line in ("Sign in as", *sign_ins.splitlines())] if sign_ins.strip() else []
    where = [f"  SPD Production Manager: {address}", f"  PanDA: {panda}"]
    lines = ["", *where, *people, "  Ctrl-C stops everything.", ""]
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
    """Return the first free port from here on; near the last one, a free port below."""
    above = range(first, min(first + PORTS_TO_TRY, LAST_PORT + 1))
    # The one just below is the web server's own.
    below = range(first - 2, max(first - 2 - PORTS_TO_TRY, 0), -1)
    for port in (*above, *below):
        if _is_free(port):
            return port
    message = f"No free port near {first}."
    raise CannotRun(message)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the servers do it: a port whose last connections are just closing counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


if __name__ == "__main__":
    sys.exit(main())
