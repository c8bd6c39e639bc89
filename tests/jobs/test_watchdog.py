"""The watchdog of systemd is fed by work that goes on, and by nothing else."""

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jobs import __main__ as program_module
from jobs.pulse import PULSE, STUCK_SECONDS, Pulse, tell_systemd
from tests.databases import close_database
from tests.jobs.bench import Bench
from tests.jobs.program import JobsProgram, wait_until


class Systemd:
    """Listens where systemd would."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._line.bind(self.path)
        self._line.setblocking(False)
        self.heard: list[str] = []

    def listen(self) -> list[str]:
        """Return all that was said since the last time."""
        said = []
        while True:
            try:
                said.append(self._line.recv(4096).decode())
            except BlockingIOError:
                self.heard += said
                return said

    def has_heard(self, words: str) -> bool:
        self.listen()
        return words in self.heard

    def close(self) -> None:
        self._line.close()


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Systemd]:
    systemd = Systemd(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", systemd.path)
    yield systemd
    systemd.close()


@pytest.fixture
def ticks() -> list[float]:
    """A clock: its present reading."""
    return [1000.0]


@pytest.fixture
def pulse(ticks: list[float]) -> Pulse:
    return Pulse(lambda: ticks[0])


def test_work_without_a_sign_of_life_is_stuck(pulse: Pulse, ticks: list[float]):
    pulse.begin("deliver")
    ticks[0] += STUCK_SECONDS
    before = pulse.stuck()
    ticks[0] += 1

    assert (before, pulse.stuck()) == ([], ["deliver"])


def test_a_sign_of_life_counts_for_the_own_work_alone(pulse: Pulse, ticks: list[float]):
    other = threading.Thread(target=pulse.begin, args=("mail",))
    other.start()
    other.join()
    pulse.begin("deliver")
    ticks[0] += STUCK_SECONDS + 1

    pulse.beat()

    assert pulse.stuck() == ["mail"]


def test_work_that_rests_is_not_stuck(pulse: Pulse, ticks: list[float]):
    pulse.begin("deliver")
    pulse.end()
    pulse.beat()  # a thread at no work says nothing
    ticks[0] += STUCK_SECONDS + 1

    assert pulse.stuck() == []


def test_the_watchdog_is_not_fed_while_work_is_stuck(
    systemd: Systemd, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(PULSE, "_clock", lambda: 1000.0)
    PULSE.begin("deliver")
    program_module._feed_watchdog()
    monkeypatch.setattr(PULSE, "_clock", lambda: 1001.0 + STUCK_SECONDS)
    program_module._feed_watchdog()
    PULSE.end()
    program_module._feed_watchdog()

    assert systemd.listen() == ["WATCHDOG=1", "WATCHDOG=1"]
    assert "no sign of life of: deliver" in caplog.text


def test_without_systemd_nothing_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for path in ("", str(tmp_path / "nobody"), "@nobody-listens-here"):
        monkeypatch.setenv("NOTIFY_SOCKET", path)

        assert tell_systemd("READY=1") is None


@pytest.fixture
def start(bench: Bench, database_url: str, tmp_path: Path) -> Iterator[Callable[..., JobsProgram]]:
    started: list[JobsProgram] = []

    def begin(**settings: str) -> JobsProgram:
        close_database(bench.app)
        own = {
            "SPD_INSTANCE": str(tmp_path / "instance"),
            "SPD_DATABASE_URL": database_url,
            "SPD_PANDA_URL": bench.app.config["PANDA_URL"],
            "SPD_PANDA_TOKEN_FILE": bench.app.config["PANDA_TOKEN_FILE"],
        }
        started.append(JobsProgram(own | settings, tmp_path / f"program{len(started)}.log"))
        return started[-1]

    yield begin
    for program in started:
        if program.code is None:
            program.send(signal.SIGCONT)
        program.kill()


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_program_says_when_it_is_ready_and_feeds_the_watchdog_until_it_is_frozen(
    systemd: Systemd, start: Callable[..., JobsProgram]
):
    program = start(NOTIFY_SOCKET=systemd.path)
    wait_until(lambda: systemd.has_heard("READY=1"), program.log.read_text)
    wait_until(lambda: "WATCHDOG=1" in systemd.listen(), program.log.read_text)

    program.send(signal.SIGSTOP)
    systemd.listen()
    with pytest.raises(TimeoutError):
        wait_until(lambda: bool(systemd.listen()), lambda: "nothing", seconds=5)
    program.send(signal.SIGCONT)
    program.stop()

    systemd.listen()
    assert systemd.heard[-1] == "STOPPING=1"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_program_standing_by_feeds_its_watchdog_too(systemd: Systemd, start: Callable[..., JobsProgram]):
    start(NOTIFY_SOCKET="").wait_until_said("holding the scheduled work")

    second = start(NOTIFY_SOCKET=systemd.path)

    second.wait_until_said("standing by")
    wait_until(lambda: systemd.has_heard("READY=1"), second.log.read_text)
    wait_until(lambda: "WATCHDOG=1" in systemd.listen(), second.log.read_text)
