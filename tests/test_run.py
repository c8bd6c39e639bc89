"""`make run` and what it rests on: everything stops together, and what is in the way is said in one line."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SECONDS = 20

# Two programs under a supervisor; each writes down its process id, so that the test can look for it.
SUPERVISE = """
import os, sys
from tools.supervisor import Supervisor
commands = dict(pair.split("=", 1) for pair in sys.argv[1:])
with Supervisor(os.environ, commands) as supervisor:
    for name, command in commands.items():
        supervisor.start(name, command)
    sys.exit(supervisor.wait())
"""
STAYS = "echo $$ >> pids; exec sleep 100"


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """supervise(name=command line) → the running supervisor."""
    started = []

    def start(**commands: str) -> subprocess.Popen[str]:
        pairs = [f"{name}={command}" for name, command in commands.items()]
        process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISE, *pairs],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def wait_for_programs(folder: Path, count: int) -> list[int]:
    limit = time.monotonic() + SECONDS
    while True:
        path = folder / "pids"
        pids = [int(line) for line in path.read_text().split()] if path.exists() else []
        if len(pids) == count:
            return pids
        assert time.monotonic() < limit, f"{count} programs were to start, there are {pids}"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_and_counts_as_success(supervise, tmp_path, number):
    process = supervise(one=STAYS, two=STAYS)
    pids = wait_for_programs(tmp_path, 2)

    process.send_signal(number)
    output, _ = process.communicate(timeout=SECONDS)

    assert process.returncode == 0
    assert "Traceback" not in output
    assert not any(is_running(pid) for pid in pids)


def test_a_program_that_ends_stops_the_others_and_counts_as_failure(supervise, tmp_path):
    process = supervise(stays=STAYS, ends=f"{STAYS.partition(';')[0]}; sleep 0.2")

    output, _ = process.communicate(timeout=SECONDS)

    assert process.returncode == 1
    assert "ends ended by itself" in output
    assert not any(is_running(pid) for pid in wait_for_programs(tmp_path, 2))


def test_a_program_that_asks_for_it_is_started_again(supervise, tmp_path):
    process = supervise(again="echo $$ >> pids; [ $(wc -l < pids) -gt 2 ] || exit 75; exec sleep 100")
    wait_for_programs(tmp_path, 3)

    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=SECONDS)

    assert process.returncode == 0
    assert output.count("asked to be started again") == 2


def test_a_second_ctrl_c_kills_what_does_not_stop(supervise, tmp_path):
    process = supervise(deaf="trap '' TERM; echo $$ >> pids; while :; do sleep 1; done")
    pids = wait_for_programs(tmp_path, 1)

    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=SECONDS)

    assert not is_running(pids[0])


def test_nothing_is_left_when_the_supervisor_is_killed(supervise, tmp_path):
    process = supervise(one=STAYS, two=STAYS)
    pids = wait_for_programs(tmp_path, 2)

    process.kill()
    process.communicate(timeout=SECONDS)

    limit = time.monotonic() + SECONDS
    while any(is_running(pid) for pid in pids):
        assert time.monotonic() < limit, "programs were left behind"
        time.sleep(0.02)


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "tools/run.py", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)


def test_a_port_that_is_taken_is_said_in_one_line_with_the_mend(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        done = run("--port", port, "--instance", tmp_path)

    assert done.returncode == 1
    assert done.stderr.startswith(f"Port {port} is taken. Choose another one: make run PORT=")
    assert len(done.stderr.splitlines()) == 1


def test_an_instance_that_is_in_use_is_said_in_one_line(tmp_path):
    with (tmp_path / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        done = run("--port", 0, "--instance", tmp_path)

    assert done.returncode == 1
    assert "is in use already" in done.stderr
    assert len(done.stderr.splitlines()) == 1
