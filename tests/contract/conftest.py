"""Contract tests: the same against the simulator and against any real PanDA.

pytest tests/contract                                   starts the simulator and tests that
pytest tests/contract --panda-url https://panda.example.org:25443 --panda-token-file FILE --panda-vo VO
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import network_guard
from tests.contract.panda import Panda, Simulator
from tests.contract.recordings import EXEMPT
from tests.simulator.program import Program

REPLAY = "test_recordings.py::test_the_reply_is_the_recorded_one["


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("PanDA")
    group.addoption("--panda-url", help="test this PanDA instead of the simulator")
    group.addoption("--panda-token-file", help="file with an access token of the production role")
    group.addoption("--panda-vo", default="spd.nica.jinr", help="virtual organisation of the tasks")


@pytest.fixture(scope="session")
def simulator_program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    program = Program(tmp_path_factory.mktemp("simulator"))
    yield program
    program.stop()


@pytest.fixture(scope="session")
def real_panda_url(request: pytest.FixtureRequest) -> str | None:
    """The address given on the command line; the options are unknown when all the tests are run."""
    url = request.config.getoption("--panda-url", None)
    host = urlsplit(url).hostname if url else None
    if host not in {None, "127.0.0.1", "localhost"}:
        network_guard.allow(host)
    return url


@pytest.fixture(scope="session")
def running_simulator(real_panda_url: str | None, request: pytest.FixtureRequest) -> Simulator:
    if real_panda_url is not None:
        pytest.skip("the recordings are replayed against the simulator only: they need its control endpoints")
    return Simulator(request.getfixturevalue("simulator_program").url)


@pytest.fixture
def simulator(running_simulator: Simulator) -> Simulator:
    """The simulator with nothing in it and its clock stopped; skips the test for a real PanDA."""
    running_simulator.begin()
    return running_simulator


@pytest.fixture
def panda(real_panda_url: str | None, request: pytest.FixtureRequest) -> Iterator[Panda]:
    """The PanDA under test. The tasks a test has submitted are killed after it."""
    options = request.config
    if real_panda_url is not None:
        token = Path(options.getoption("--panda-token-file")).read_text().strip()
        panda = Panda(real_panda_url, token, options.getoption("--panda-vo"))
    else:
        simulator = request.getfixturevalue("simulator")
        panda = Panda(simulator.url, simulator.token(), "spd.nica.jinr", simulator)
    yield panda
    panda.kill_all()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    passed = [report for report in terminalreporter.stats.get("passed", []) if REPLAY in report.nodeid]
    if passed:
        terminalreporter.write_line(f"recordings: {len(passed)} replayed, {len(EXEMPT)} exempt")
