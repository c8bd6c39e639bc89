"""`make run` and what it rests on: everything stops together, and what is in the way is said in one line."""

import fcntl
import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

import config as delivered
from tools.own_settings import SHIPPED, CannotRun, own_settings

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
    assert done.stderr.endswith(f" INSTANCE={tmp_path}\n")
    assert len(done.stderr.splitlines()) == 1


def test_an_instance_that_is_in_use_is_said_in_one_line(tmp_path):
    with (tmp_path / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        done = run("--port", 8123, "--instance", tmp_path)

    assert done.returncode == 1
    assert "is in use already. Choose another folder: make run PORT=8123 INSTANCE=some/folder" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("port", ["0", "65536", "99999", "-1", "many", "", "٣"])
def test_a_port_that_is_none_is_said_in_one_line(tmp_path, port):
    done = run(f"--port={port}", "--instance", tmp_path)

    assert done.returncode == 1
    assert done.stderr.startswith("PORT must be a number from 1 to 65535")
    assert len(done.stderr.splitlines()) == 1


def test_an_instance_that_is_no_folder_is_said_in_one_line(tmp_path):
    (tmp_path / "file").touch()

    done = run("--instance", tmp_path / "file")

    assert done.returncode == 1
    assert "cannot be used" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A root with config.py as delivered, and an instance without one."""
    root, instance = tmp_path / "root", tmp_path / "instance"
    root.mkdir()
    instance.mkdir()
    lines = [f"{name} = {getattr(delivered, name)!r}\n" for name in SHIPPED]
    (root / "config.py").write_text("".join(lines))
    return root, instance


def test_what_is_delivered_is_nobodys_own(folders):
    assert own_settings(*folders, {}) == {}


@pytest.mark.parametrize("name", SHIPPED)
def test_an_edited_config_file_is_kept_to(folders, name):
    with (folders[0] / "config.py").open("a") as file:
        file.write(f"{name} = 'https://own.example.org'\n")

    assert own_settings(*folders, {}) == {name: "https://own.example.org"}


@pytest.mark.parametrize("name", SHIPPED)
def test_the_environment_wins_over_the_config_file_of_the_instance(folders, name):
    (folders[1] / "config.py").write_text(f"{name}: str = 'https://own.example.org'\n")

    assert own_settings(*folders, {}) == {name: "https://own.example.org"}
    assert own_settings(*folders, {f"SPD_{name}": "https://other"}) == {name: "https://other"}


def test_a_config_file_that_is_no_python_is_said(folders):
    (folders[1] / "config.py").write_text("PANDA_URL =")

    with pytest.raises(CannotRun, match=r"instance/config\.py cannot be read"):
        own_settings(*folders, {})


@pytest.fixture
def make_run(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """make_run(SPD_…=value) → all programs on the folder `instance`, greeted; their output goes to `log`."""
    started = []

    def start(**environment: str) -> subprocess.Popen[str]:
        command = [sys.executable, ROOT / "tools/run.py", "--port", str(free_port())]
        with (tmp_path / "log").open("w") as log:
            process = subprocess.Popen(
                [*command, "--instance", tmp_path / "instance"],
                env={**os.environ, **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
                umask=0o022,
            )
        started.append(process)
        limit = time.monotonic() + 3 * SECONDS
        while "Ctrl-C stops everything" not in (tmp_path / "log").read_text():
            assert time.monotonic() < limit, (tmp_path / "log").read_text()
            assert process.poll() is None, (tmp_path / "log").read_text()
            time.sleep(0.1)
        return process

    yield start
    for process in started:
        process.terminate()
        process.wait(2 * SECONDS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_nobody_else_can_read_what_is_made(make_run, tmp_path):
    (tmp_path / "instance").mkdir(mode=0o755)

    make_run()

    instance = tmp_path / "instance"
    # The -wal is there as long as somebody is connected, and has the rights of the database.
    with closing(sqlite3.connect(instance / "spd.sqlite")) as connection:
        connection.execute("SELECT count(*) FROM alembic_version")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [instance, *instance.iterdir()]}
    assert {name: mode for name, mode in modes.items() if mode & 0o077} == {}
    assert modes["spd.sqlite"] == modes["spd.sqlite-wal"] == 0o600
    assert modes["instance"] == 0o700
    assert "PanDA: the simulator" in (tmp_path / "log").read_text()


def test_an_own_panda_is_kept_to_and_told_and_the_way_to_start_again_too(make_run, tmp_path):
    panda = f"http://127.0.0.1:{free_port()}"
    process = make_run(SPD_PANDA_URL=panda)

    os.kill(child_named(process.pid, "jobs"), signal.SIGKILL)
    process.wait(2 * SECONDS)

    output = (tmp_path / "log").read_text()
    assert f"PanDA: {panda}\n" in output
    assert "panda |" not in output
    last = output.splitlines()[-1]
    assert re.search(rf"start it again with: make run PORT=\d+ INSTANCE={tmp_path}/instance$", last)


def child_named(parent: int, module: str) -> int:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    found = [pid for pid in children if Path(f"/proc/{pid}/cmdline").read_text().split("\0")[2] == module]
    return int(found[0])
